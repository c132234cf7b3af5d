//! Closed forms of the availability of independent components. All values are probabilities from 0 to 1.
//!
//! Source: Trivedi, "Probability and Statistics with Reliability, Queuing, and Computer Science Applications", 2nd edition
//! 2002, reliability block diagrams; for components that differ, Barlow and Heidtmann, "Computing k-out-of-n System
//! Reliability", IEEE Transactions on Reliability R-33(4), 1984.

/// All of them are needed: the product of A.
pub fn series(availabilities: &[f64]) -> f64 {
    availabilities.iter().product()
}

/// Any one of them is enough: 1 - the product of (1 - A). Of none it is 0.
pub fn parallel(availabilities: &[f64]) -> f64 {
    1.0 - availabilities.iter().map(|a| 1.0 - a).product::<f64>()
}

/// At least `needed` of `count` components that are available `a` each:
/// the sum over i from `needed` to `count` of C(count, i) a^i (1-a)^(count-i).
pub fn k_of_n(needed: u32, count: u32, a: f64) -> f64 {
    (needed..=count).map(|up| exactly(up, count, a)).sum()
}

/// C(count, up) a^up (1-a)^(count-up), multiplied in an order that neither overflows nor vanishes on the way.
fn exactly(up: u32, count: u32, a: f64) -> f64 {
    let (mut ups, mut downs) = (up, count - up);
    let mut term = 1.0;
    for factor in 1..=(count - up) {
        term *= f64::from(up + factor) / f64::from(factor);
        while term > 1.0 && ups + downs > 0 {
            if ups > 0 {
                term *= a;
                ups -= 1;
            } else {
                term *= 1.0 - a;
                downs -= 1;
            }
        }
    }
    let power = |base: f64, times: u32| (0..times).fold(1.0, |power, _| power * base);
    term * power(a, ups) * power(1.0 - a, downs)
}

/// At least `needed` of components that differ: the distribution of how many are up, one component after the other.
pub fn at_least(needed: usize, availabilities: &[f64]) -> f64 {
    // By how many are up, `needed` meaning that or more.
    let mut up = vec![0.0; needed + 1];
    up[0] = 1.0;
    for &a in availabilities {
        for count in (0..needed).rev() {
            let gained = up[count] * a;
            up[count] -= gained;
            up[count + 1] += gained;
        }
    }
    up[needed]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(got: f64, expect: f64) {
        assert!((got - expect).abs() < 1e-12, "{got} for {expect}");
    }

    #[test]
    fn series_and_parallel() {
        close(series(&[0.99, 0.98, 0.5]), 0.4851);
        close(series(&[]), 1.0);
        close(parallel(&[0.99, 0.98]), 0.9998);
        close(parallel(&[0.9]), 0.9);
        close(parallel(&[]), 0.0);
    }

    #[test]
    fn k_of_n_by_hand() {
        close(k_of_n(2, 3, 0.99), 0.999702);
        close(k_of_n(3, 5, 0.9), 0.99144);
        close(k_of_n(1, 2, 0.9), 0.99);
        close(k_of_n(3, 3, 0.9), 0.729);
        close(k_of_n(0, 3, 0.1), 1.0);
        close(k_of_n(4, 3, 0.9), 0.0);
        close(k_of_n(1, 3, 0.0), 0.0);
        close(k_of_n(3, 3, 1.0), 1.0);
        // A fair coin: of an odd number more than half come up as often as not.
        close(k_of_n(1001, 2001, 0.5), 0.5);
    }

    #[test]
    fn components_that_differ() {
        close(at_least(1, &[0.9, 0.8]), 0.98);
        close(
            at_least(2, &[0.9, 0.8, 0.7]),
            0.9 * 0.8 + 0.7 * (0.9 * 0.2 + 0.1 * 0.8),
        );
        close(at_least(0, &[]), 1.0);
        close(at_least(1, &[]), 0.0);
        for count in 0..9u32 {
            for needed in 0..=count + 1 {
                let same = vec![0.83; count as usize];
                close(
                    at_least(needed as usize, &same),
                    k_of_n(needed, count, 0.83),
                );
            }
        }
    }
}
