//! Telemetry as bytes and back. The bytes are canonical: equal telemetry gives equal bytes on every platform.
//!
//! Layout: magic, length of the header, header (JSON: subjects), number of intervals, columns (f32 little-endian), cost
//! (i128 little-endian), latencies (per row and interval: number of steps, then step distance and count, all as LEB128).

use std::sync::Arc;

use drydock_model::Money;

use crate::latency::Sparse;
use crate::telemetry::{Subjects, Telemetry};

const MAGIC: &[u8; 8] = b"DRYTEL\x01\n";
/// Every NaN is written as this one, so that bytes do not depend on how it came about.
const NAN_BITS: u32 = 0x7fc0_0000;

/// Bytes that are no telemetry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("telemetry at byte {at}: {problem}")]
pub struct TelemetryError {
    /// Offset of the fault.
    pub at: usize,
    /// What is wrong there.
    pub problem: &'static str,
}

impl Telemetry {
    /// As bytes.
    pub fn encode(&self) -> Vec<u8> {
        let header = serde_json::to_vec(self.subjects.as_ref()).unwrap_or_default();
        let mut out = Vec::with_capacity(header.len() + self.len() * self.columns.len() * 4 + 64);
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&(header.len() as u32).to_le_bytes());
        out.extend_from_slice(&header);
        out.extend_from_slice(&(self.len() as u32).to_le_bytes());
        for value in self.columns.iter().flatten() {
            let bits = if value.is_nan() {
                NAN_BITS
            } else {
                value.to_bits()
            };
            out.extend_from_slice(&bits.to_le_bytes());
        }
        for cost in &self.cost {
            out.extend_from_slice(&cost.units().to_le_bytes());
        }
        for part in self.latency.iter().flatten() {
            write_number(&mut out, part.len() as u32);
            let mut before = 0;
            for &(step, count) in part.iter() {
                write_number(&mut out, step - before);
                write_number(&mut out, count);
                before = step;
            }
        }
        out
    }

    /// From bytes.
    ///
    /// # Errors
    /// Bytes that [`Telemetry::encode`] did not write, cut short or followed by more.
    pub fn decode(bytes: &[u8]) -> Result<Self, TelemetryError> {
        let mut reader = Reader { bytes, at: 0 };
        if reader.take(MAGIC.len())? != MAGIC {
            return Err(TelemetryError {
                at: 0,
                problem: "not telemetry of this version",
            });
        }
        let length = reader.u32()? as usize;
        let at = reader.at;
        let subjects: Subjects =
            serde_json::from_slice(reader.take(length)?).map_err(|_| TelemetryError {
                at,
                problem: "the header does not read",
            })?;
        let intervals = reader.u32()? as usize;
        // Asked of the bytes before anything is reserved, so that a wrong count cannot ask for the whole memory.
        if (bytes.len() - reader.at) / 16 < intervals {
            return Err(reader.fault("fewer bytes than intervals need"));
        }
        let mut telemetry = Self::new(subjects);
        for column in &mut telemetry.columns {
            for _ in 0..intervals {
                column.push(f32::from_bits(reader.u32()?));
            }
        }
        for _ in 0..intervals {
            let mut units = [0; 16];
            units.copy_from_slice(reader.take(16)?);
            telemetry
                .cost
                .push(Money::from_units(i128::from_le_bytes(units)));
        }
        for row in &mut telemetry.latency {
            for _ in 0..intervals {
                row.push(reader.sparse()?);
            }
        }
        if reader.at != bytes.len() {
            return Err(reader.fault("bytes after the end"));
        }
        Ok(telemetry)
    }
}

fn write_number(out: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn fault(&self, problem: &'static str) -> TelemetryError {
        TelemetryError {
            at: self.at,
            problem,
        }
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], TelemetryError> {
        let end = self.at.checked_add(count);
        let Some(slice) = end.and_then(|end| self.bytes.get(self.at..end)) else {
            return Err(self.fault("cut short"));
        };
        self.at += count;
        Ok(slice)
    }

    fn u32(&mut self) -> Result<u32, TelemetryError> {
        let mut four = [0; 4];
        four.copy_from_slice(self.take(4)?);
        Ok(u32::from_le_bytes(four))
    }

    fn number(&mut self) -> Result<u32, TelemetryError> {
        let mut number = 0u64;
        for shift in (0..35).step_by(7) {
            let byte = self.take(1)?[0];
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return u32::try_from(number).map_err(|_| self.fault("number too large"));
            }
        }
        Err(self.fault("number too long"))
    }

    fn sparse(&mut self) -> Result<Sparse, TelemetryError> {
        let count = self.number()? as usize;
        if self.bytes.len() - self.at < count {
            return Err(self.fault("fewer bytes than steps need"));
        }
        let mut steps = Vec::with_capacity(count);
        let mut step = 0u32;
        for _ in 0..count {
            let distance = self.number()?;
            step = step
                .checked_add(distance)
                .ok_or_else(|| self.fault("step too large"))?;
            steps.push((step, self.number()?));
        }
        Ok(Arc::from(steps))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::{LatencyOf, ServiceColumn};

    fn sample() -> Telemetry {
        let mut telemetry = Telemetry::new(Subjects {
            services: vec!["shop/web".into()],
            classes: vec!["all".into()],
            nodes: vec!["n1".into()],
            endpoints: vec![(0, 0)],
        });
        for at in 0..3u32 {
            let values: Vec<f32> = (0..telemetry.subjects.width() as u32)
                .map(|n| if n == 3 { f32::NAN } else { (n * at) as f32 })
                .collect();
            let part: Sparse = vec![(at, 1), (900, 7), (70_000, 200)].into();
            telemetry.push(
                &values,
                [part.clone(), part].into_iter(),
                Money::from_units(i128::from(at)),
            );
        }
        telemetry
    }

    #[test]
    fn bytes_and_back() {
        let bytes = sample().encode();
        let back = Telemetry::decode(&bytes).unwrap();
        assert_eq!(back.encode(), bytes);
        assert!(back.service(0, ServiceColumn::MemoryBytes)[1].is_nan());
        assert_eq!(back.service(0, ServiceColumn::CpuCores), [0.0, 2.0, 4.0]);
        assert_eq!(back.latency(LatencyOf::All, 0, 9).count(), 3 * 208);
        assert_eq!(back.cost()[2], Money::from_units(2));
    }

    #[test]
    fn every_cut_is_refused() {
        let bytes = sample().encode();
        for end in 0..bytes.len() {
            assert!(Telemetry::decode(&bytes[..end]).is_err(), "{end}");
        }
        assert!(Telemetry::decode(&[&bytes[..], b"x"].concat()).is_err());
    }
}
