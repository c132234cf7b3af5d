//! Mean times and shares of queues that have a closed form. Rates per second, times in seconds.

/// Erlang C: the share that waits in M/M/c (Erlang 1917).
fn erlang_c(offered: f64, servers: u32) -> f64 {
    let mut term = 1.0;
    let mut sum = 0.0;
    for k in 0..servers {
        sum += term;
        term *= offered / f64::from(k + 1);
    }
    let last = term / (1.0 - offered / f64::from(servers));
    last / (sum + last)
}

/// Mean time in M/M/c.
pub fn mmc(lambda: f64, mu: f64, servers: u32) -> f64 {
    erlang_c(lambda / mu, servers) / (f64::from(servers) * mu - lambda) + 1.0 / mu
}

/// Mean time in M/G/1 with this coefficient of variation (Pollaczek 1930, Khinchine 1932).
pub fn mg1(lambda: f64, mu: f64, cv: f64) -> f64 {
    let rho = lambda / mu;
    rho / mu * (1.0 + cv * cv) / (2.0 * (1.0 - rho)) + 1.0 / mu
}

/// Share refused in M/M/c with room for `room`, those in service among them, and the mean time of those let in.
pub fn mmck(lambda: f64, mu: f64, servers: u32, room: u32) -> (f64, f64) {
    let mut weights = vec![1.0];
    for n in 1..=room {
        let before = weights[n as usize - 1];
        weights.push(before * lambda / (mu * f64::from(n.min(servers))));
    }
    let whole: f64 = weights.iter().sum();
    let refused = weights[room as usize] / whole;
    let inside: f64 = weights
        .iter()
        .enumerate()
        .map(|(n, w)| n as f64 * w / whole)
        .sum();
    (refused, inside / (lambda * (1.0 - refused)))
}

/// Mean time in M/M/1, or in M/G/1 with processor sharing, which depends on the mean demand alone (Kleinrock 1967).
pub fn mm1(lambda: f64, mu: f64) -> f64 {
    1.0 / (mu - lambda)
}

/// Mean time until both parts of a request are done at two M/M/1 that each gets one part (Flatto and Hahn 1984; Nelson
/// and Tantawi 1988).
pub fn fork_join(lambda: f64, mu: f64) -> f64 {
    (12.0 - lambda / mu) / 8.0 * mm1(lambda, mu)
}

/// Mean time in M/M/1 without room to wait, where who is refused comes again after an exponential time with rate `theta`
/// (Falin and Templeton 1997).
pub fn retrials(lambda: f64, mu: f64, theta: f64) -> f64 {
    let rho = lambda / mu;
    rho * (lambda / theta + rho) / (1.0 - rho) / lambda + 1.0 / mu
}

/// Mean time at one exponential server asked by `users` who each think for `think` on average: the machine repair model.
pub fn closed_loop(users: u32, think: f64, mu: f64) -> f64 {
    // Exact mean value analysis (Reiser and Lavenberg 1980).
    let (mut queue, mut time) = (0.0, 0.0);
    for n in 1..=users {
        time = (1.0 + queue) / mu;
        queue = f64::from(n) / (think + time) * time;
    }
    time
}
