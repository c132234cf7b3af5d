//! Arrivals from outside: at a rate that follows its course, in bursts, or from users in a closed loop.

use drydock_model::{Arrivals, SimTime};

use crate::cpu::nanos;
use crate::eventlist::Due;
use crate::simulation::Simulation;

/// What a class of a run waits for next.
#[derive(Clone, Debug, Default)]
pub(crate) struct Coming {
    /// Number of the valid arrival.
    epoch: u32,
    /// What was left of the time to the next arrival, nanoseconds at factor 1, and when that was so.
    left: f64,
    since: SimTime,
    /// In a burst.
    bursting: bool,
    /// Users asking or thinking, and how many there are to be.
    pub users: u32,
    wanted: u32,
}

impl Simulation {
    /// Starts the arrivals of a class at time 0.
    pub(crate) fn start_class(&mut self, class: u32) {
        match self.plan.frame.classes[class as usize].arrivals {
            Arrivals::Users => self.set_users(class),
            Arrivals::Bursts { calm_s, .. } => {
                self.next_burst(class, calm_s);
                self.expect_arrival(class);
            }
            Arrivals::Poisson | Arrivals::Deterministic => self.expect_arrival(class),
        }
    }

    /// Rate of a class over what its course says: faults, and the state of its bursts.
    fn factor(&self, class: u32) -> f64 {
        let this = &self.classes[class as usize];
        this.spike * self.burst_factor(class)
    }

    /// Rate now over the mean rate: in bursts `factor` times that of calm, so that the mean over both is 1.
    fn burst_factor(&self, class: u32) -> f64 {
        let Arrivals::Bursts {
            factor,
            burst_s,
            calm_s,
        } = self.plan.frame.classes[class as usize].arrivals
        else {
            return 1.0;
        };
        let calm = (burst_s + calm_s) / (factor * burst_s + calm_s);
        if self.classes[class as usize].coming.bursting {
            calm * factor
        } else {
            calm
        }
    }

    /// Draws the time to the next arrival.
    fn expect_arrival(&mut self, class: u32) {
        let mean = self.plan.values.classes[class as usize].between_ns;
        if !mean.is_finite() {
            return;
        }
        let plan = &self.plan.frame.classes[class as usize];
        let this = &mut self.classes[class as usize];
        this.coming.left = match plan.arrivals {
            Arrivals::Deterministic => mean,
            _ => this.luck.exponential(mean),
        };
        this.coming.since = self.now;
        self.await_arrival(class);
    }

    /// Puts the next arrival into the event list, as its course and the factors of now have it.
    fn await_arrival(&mut self, class: u32) {
        let factor = self.factor(class);
        let this = &self.classes[class as usize].coming;
        let epoch = this.epoch;
        if factor <= 0.0 {
            return;
        }
        let course = &self.plan.frame.classes[class as usize].course;
        if let Some(at) = course.after(self.now, this.left / factor) {
            self.events.push(at, Due::Arrival { class, epoch });
        }
    }

    pub(crate) fn arrive(&mut self, class: u32, epoch: u32) {
        if self.classes[class as usize].coming.epoch == epoch {
            self.expect_arrival(class);
            self.ask(class);
        }
    }

    /// Changes the factors of a class: what was left until its next arrival stays, and takes more or less time.
    fn change_pace(&mut self, class: u32, change: impl FnOnce(&mut crate::simulation::Class)) {
        let factor = self.factor(class);
        let course = &self.plan.frame.classes[class as usize].course;
        let passed = course.between(self.classes[class as usize].coming.since, self.now) * factor;
        let this = &mut self.classes[class as usize];
        this.coming.left = (this.coming.left - passed).max(0.0);
        this.coming.since = self.now;
        this.coming.epoch = this.coming.epoch.wrapping_add(1);
        change(this);
        if self.plan.values.classes[class as usize]
            .between_ns
            .is_finite()
        {
            self.await_arrival(class);
        }
    }

    /// Bursts begin or end.
    pub(crate) fn burst(&mut self, class: u32) {
        let Arrivals::Bursts {
            burst_s, calm_s, ..
        } = self.plan.frame.classes[class as usize].arrivals
        else {
            return;
        };
        self.change_pace(class, |this| this.coming.bursting = !this.coming.bursting);
        let bursting = self.classes[class as usize].coming.bursting;
        self.next_burst(class, if bursting { burst_s } else { calm_s });
    }

    fn next_burst(&mut self, class: u32, mean_s: f64) {
        let wait = self.classes[class as usize]
            .bursts
            .exponential(mean_s * 1e9);
        let at = self.now + nanos(wait);
        self.events.push(at, Due::Burst { class });
    }

    /// Multiplies the rate, or the users, of a class.
    pub(crate) fn set_spike(&mut self, class: u32, factor: f64) {
        if self.plan.frame.classes[class as usize].arrivals == Arrivals::Users {
            self.classes[class as usize].spike = factor;
            self.set_users(class);
        } else {
            self.change_pace(class, |this| this.spike = factor);
        }
    }

    /// Has as many users as there are to be: new ones think first, those that are too many leave after their answer.
    fn set_users(&mut self, class: u32) {
        let users = self.plan.values.classes[class as usize].users;
        let this = &mut self.classes[class as usize];
        let wanted = (users * this.spike).round() as u32;
        let new = wanted.saturating_sub(this.coming.users);
        this.coming.wanted = wanted;
        this.coming.users += new;
        for _ in 0..new {
            self.think(class);
        }
    }

    fn think(&mut self, class: u32) {
        let mean = self.plan.values.classes[class as usize].think_ns;
        let wait = self.classes[class as usize].luck.exponential(mean);
        let at = self.now + nanos(wait);
        self.events.push(at, Due::Think { class });
    }

    /// A user has thought.
    pub(crate) fn thought(&mut self, class: u32) {
        let this = &mut self.classes[class as usize].coming;
        if this.users > this.wanted {
            this.users -= 1;
        } else {
            self.ask(class);
        }
    }

    /// A user has an answer, good or bad.
    pub(crate) fn user_answered(&mut self, class: u32) {
        if self.plan.frame.classes[class as usize].arrivals == Arrivals::Users {
            self.think(class);
        }
    }
}
