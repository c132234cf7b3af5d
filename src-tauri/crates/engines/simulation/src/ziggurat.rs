//! Exponential and normal numbers by the ziggurat of Marsaglia and Tsang (2000): 256 layers of equal area, so that nearly
//! every draw is one random word, a table look-up and a multiplication. Tables and tails are computed with `libm`.

use std::sync::LazyLock;

use crate::luck::Stream;

/// Layers.
const LAYERS: usize = 256;
/// Where the tail of the exponential begins, and the area of a layer (Marsaglia and Tsang 2000, table for 256 layers).
const EXPONENTIAL: (f64, f64) = (7.697_117_470_131_05, 0.003_949_659_822_581_557);
/// The same for the normal density exp(-x^2 / 2).
const NORMAL: (f64, f64) = (3.654_152_885_361_009, 0.004_928_673_233_974_658);

/// Right edges of the layers and the density there.
struct Layers {
    x: [f64; LAYERS + 1],
    f: [f64; LAYERS + 1],
}

impl Layers {
    fn new((tail, area): (f64, f64), density: fn(f64) -> f64, inverse: fn(f64) -> f64) -> Self {
        let mut x = [0.0; LAYERS + 1];
        x[0] = area / density(tail);
        x[1] = tail;
        for at in 2..LAYERS {
            x[at] = inverse(area / x[at - 1] + density(x[at - 1]));
        }
        Self {
            x,
            f: x.map(density),
        }
    }
}

static EXPONENTIAL_LAYERS: LazyLock<Layers> =
    LazyLock::new(|| Layers::new(EXPONENTIAL, |x| libm::exp(-x), |y| -libm::log(y)));

static NORMAL_LAYERS: LazyLock<Layers> = LazyLock::new(|| {
    Layers::new(
        NORMAL,
        |x| libm::exp(-0.5 * x * x),
        |y| libm::sqrt(-2.0 * libm::log(y)),
    )
});

/// Uniform in [0, 1) of the upper 53 bits.
fn share(bits: u64) -> f64 {
    const STEP: f64 = 1.0 / (1u64 << 53) as f64;
    (bits >> 11) as f64 * STEP
}

/// Exponential with mean 1.
pub(crate) fn exponential(luck: &mut Stream) -> f64 {
    let layers = &*EXPONENTIAL_LAYERS;
    loop {
        let bits = luck.bits();
        // The lowest eight bits choose the layer; the place in it comes from the upper 53.
        let layer = (bits & 0xff) as usize;
        let x = share(bits) * layers.x[layer];
        if x < layers.x[layer + 1] {
            return x;
        }
        if layer == 0 {
            // Beyond the tail the law is the same again.
            return EXPONENTIAL.0 - libm::log(luck.uniform());
        }
        let y = layers.f[layer] + luck.uniform() * (layers.f[layer + 1] - layers.f[layer]);
        if y < libm::exp(-x) {
            return x;
        }
    }
}

/// Standard normal.
pub(crate) fn normal(luck: &mut Stream) -> f64 {
    let layers = &*NORMAL_LAYERS;
    loop {
        let bits = luck.bits();
        let layer = (bits & 0xff) as usize;
        // Bit 8 is the sign.
        let sign = if bits & 0x100 == 0 { 1.0 } else { -1.0 };
        let x = share(bits) * layers.x[layer];
        if x < layers.x[layer + 1] {
            return sign * x;
        }
        if layer == 0 {
            return sign * normal_tail(luck);
        }
        let y = layers.f[layer] + luck.uniform() * (layers.f[layer + 1] - layers.f[layer]);
        if y < libm::exp(-0.5 * x * x) {
            return sign * x;
        }
    }
}

/// Marsaglia (1964): the tail of the normal beyond the last layer.
fn normal_tail(luck: &mut Stream) -> f64 {
    loop {
        let x = -libm::log(luck.uniform()) / NORMAL.0;
        let y = -libm::log(luck.uniform());
        if 2.0 * y > x * x {
            return NORMAL.0 + x;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAWS: usize = 1_000_000;

    /// Largest distance between the empirical and the given distribution function, times the root of the count.
    fn kolmogorov(mut values: Vec<f64>, distribution: fn(f64) -> f64) -> f64 {
        values.sort_by(f64::total_cmp);
        let count = values.len() as f64;
        let distance = values.iter().enumerate().map(|(at, &value)| {
            let expect = distribution(value);
            (expect - at as f64 / count)
                .abs()
                .max(((at + 1) as f64 / count - expect).abs())
        });
        distance.fold(0.0, f64::max) * count.sqrt()
    }

    #[test]
    fn the_laws_are_right() {
        let mut luck = Stream::new(11, "test", "ziggurat");
        let values = (0..DRAWS).map(|_| exponential(&mut luck)).collect();
        // 1.95 is exceeded by chance once in a thousand seeds.
        let distance = kolmogorov(values, |x| 1.0 - libm::exp(-x));
        assert!(distance < 1.95, "exponential {distance}");
        let values = (0..DRAWS).map(|_| normal(&mut luck)).collect();
        let distance = kolmogorov(values, |x| 0.5 * libm::erfc(-x / std::f64::consts::SQRT_2));
        assert!(distance < 1.95, "normal {distance}");
    }

    #[test]
    fn tails_are_reached() {
        let mut luck = Stream::new(5, "test", "tails");
        let far = (0..4 * DRAWS)
            .filter(|_| exponential(&mut luck) > 8.0)
            .count() as f64;
        let expect = 4.0 * DRAWS as f64 * libm::exp(-8.0);
        assert!(
            (far - expect).abs() < 4.0 * expect.sqrt(),
            "{far} of {expect}"
        );
        let far = (0..4 * DRAWS)
            .filter(|_| normal(&mut luck).abs() > 3.7)
            .count() as f64;
        let expect = 4.0 * DRAWS as f64 * libm::erfc(3.7 / std::f64::consts::SQRT_2);
        assert!(
            (far - expect).abs() < 4.0 * expect.sqrt(),
            "{far} of {expect}"
        );
    }

    #[test]
    fn layers_close() {
        for (layers, top) in [(&*EXPONENTIAL_LAYERS, 1.0), (&*NORMAL_LAYERS, 1.0)] {
            // The last layer ends at the top of the density, as the constants were chosen for.
            let last = layers.x[LAYERS - 1];
            let area = if std::ptr::eq(layers, &raw const *EXPONENTIAL_LAYERS) {
                EXPONENTIAL.1
            } else {
                NORMAL.1
            };
            let height = layers.f[LAYERS - 1] + area / last;
            assert!((height - top).abs() < 1e-9, "{height}");
        }
    }
}
