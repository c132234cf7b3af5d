//! The price book: parses the built-in tables once and finds offers in them. Never fetches a price.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use drydock_model::Money;

use crate::offer::{MachineClass, Offer, Provider};

const BUILTIN_BOOK: &str = include_str!("../prices/price-book.csv");
const BUILTIN_SOURCES: &str = include_str!("../prices/sources.csv");

static BUILTIN: LazyLock<PriceBook> = LazyLock::new(|| {
    PriceBook::parse(BUILTIN_BOOK, BUILTIN_SOURCES)
        .expect("the built-in tables are compiled in and a test parses them")
});

/// Why a price table was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BookError {
    /// A line has the wrong number of columns.
    #[error("{table} line {line}: {found} columns, {wanted} expected")]
    Columns {
        /// The table at fault.
        table: &'static str,
        /// Line of the table, counted from 1.
        line: usize,
        /// Columns found.
        found: usize,
        /// Columns the table has.
        wanted: usize,
    },
    /// A field has a value that cannot be.
    #[error("{table} line {line}, {field}: {value:?} is not {wanted}")]
    Field {
        /// The table at fault.
        table: &'static str,
        /// Line of the table, counted from 1.
        line: usize,
        /// Column name.
        field: &'static str,
        /// What stands there.
        value: String,
        /// What would be right.
        wanted: &'static str,
    },
    /// A row appears twice or out of order.
    #[error("price-book line {line}: {key} does not come after the row before it")]
    Order {
        /// Line of the table, counted from 1.
        line: usize,
        /// Provider, region and type of the row.
        key: String,
    },
}

/// A dated table of machine prices.
#[derive(Debug)]
pub struct PriceBook {
    offers: Vec<Offer>,
}

impl PriceBook {
    /// The book that comes with Drydock.
    pub fn builtin() -> &'static Self {
        &BUILTIN
    }

    /// All offers, sorted by provider, region and instance type.
    pub fn offers(&self) -> &[Offer] {
        &self.offers
    }

    /// The offer of a machine type in a region, if the book has it. Names compare exactly.
    pub fn find(&self, provider: Provider, region: &str, instance_type: &str) -> Option<&Offer> {
        let wanted = (provider, region, instance_type);
        let at = self
            .offers
            .binary_search_by(|offer| key(offer).cmp(&wanted))
            .ok()?;
        self.offers.get(at)
    }

    /// The offers of one provider in one region.
    pub fn in_region<'a>(
        &'a self,
        provider: Provider,
        region: &'a str,
    ) -> impl Iterator<Item = &'a Offer> {
        self.offers
            .iter()
            .filter(move |offer| offer.provider == provider && offer.region == region)
    }

    /// The regions of a provider that have a price, sorted.
    pub fn regions(&self, provider: Provider) -> Vec<&'static str> {
        let mut regions: Vec<_> = self
            .offers
            .iter()
            .filter(|offer| offer.provider == provider)
            .map(|offer| offer.region)
            .collect();
        regions.dedup();
        regions
    }

    fn parse(book: &'static str, sources: &'static str) -> Result<Self, BookError> {
        let sources = parse_sources(sources)?;
        let mut offers: Vec<Offer> = Vec::new();
        for (line, columns) in rows(book, BOOK) {
            let offer = parse_offer(line, columns?, &sources)?;
            if offers.last().is_some_and(|last| key(last) >= key(&offer)) {
                let (provider, region, instance_type) = key(&offer);
                let key = format!("{provider} {region} {instance_type}");
                return Err(BookError::Order { line, key });
            }
            offers.push(offer);
        }
        Ok(Self { offers })
    }
}

const BOOK: &str = "price-book";
const SOURCES: &str = "sources";

fn key(offer: &Offer) -> (Provider, &str, &str) {
    (offer.provider, offer.region, offer.instance_type)
}

/// The rows of a table after its comments and heading, split into `N` columns. The tables have no
/// quoted fields.
pub(crate) fn rows<const N: usize>(
    text: &'static str,
    table: &'static str,
) -> impl Iterator<Item = (usize, Result<[&'static str; N], BookError>)> {
    let rows = text
        .lines()
        .enumerate()
        .filter(|(_, row)| !row.starts_with('#'))
        .skip(1);
    rows.map(move |(at, row)| {
        let line = at + 1;
        let columns: Vec<&str> = row.split(',').collect();
        let found = columns.len();
        let columns = columns.try_into().map_err(|_| BookError::Columns {
            table,
            line,
            found,
            wanted: N,
        });
        (line, columns)
    })
}

struct Source {
    on_demand: (&'static str, &'static str, bool),
    spot: Option<(&'static str, &'static str, bool)>,
}

fn parse_sources(text: &'static str) -> Result<BTreeMap<&'static str, Source>, BookError> {
    let mut sources = BTreeMap::new();
    for (line, columns) in rows(text, SOURCES) {
        let [
            name,
            from,
            as_of,
            estimated,
            spot_from,
            spot_as_of,
            spot_estimated,
        ] = columns?;
        let refuse = |field, value: &str, wanted| {
            Err(BookError::Field {
                table: SOURCES,
                line,
                field,
                value: value.to_owned(),
                wanted,
            })
        };
        if !is_iso_date(as_of) {
            return refuse("on_demand_as_of", as_of, "a date like 2026-07-20");
        }
        if !spot_from.is_empty() && !is_iso_date(spot_as_of) {
            return refuse("spot_as_of", spot_as_of, "a date like 2026-07-20");
        }
        let spot =
            (!spot_from.is_empty()).then_some((spot_from, spot_as_of, spot_estimated == "true"));
        sources.insert(
            name,
            Source {
                on_demand: (from, as_of, estimated == "true"),
                spot,
            },
        );
    }
    Ok(sources)
}

fn is_iso_date(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

fn parse_offer(
    line: usize,
    columns: [&'static str; 10],
    sources: &BTreeMap<&'static str, Source>,
) -> Result<Offer, BookError> {
    let [
        provider,
        region,
        instance_type,
        class,
        vcpu,
        memory,
        arch,
        on_demand,
        spot,
        source,
    ] = columns;
    let refuse = |field, value: &str, wanted| BookError::Field {
        table: BOOK,
        line,
        field,
        value: value.to_owned(),
        wanted,
    };
    let price = |field, text: &str| {
        let wanted = "a price above 0";
        let price: Money = text.parse().map_err(|_| refuse(field, text, wanted))?;
        if price > Money::ZERO {
            Ok(price)
        } else {
            Err(refuse(field, text, wanted))
        }
    };
    if !matches!(arch, "amd64" | "arm64") {
        return Err(refuse("arch", arch, "amd64 or arm64"));
    }
    let from = sources
        .get(source)
        .ok_or_else(|| refuse("source", source, "a source of the sources table"))?;
    let spot_from = if spot.is_empty() {
        None
    } else {
        Some(
            from.spot
                .ok_or_else(|| refuse("spot_per_hour", spot, "of a source with spot prices"))?,
        )
    };
    Ok(Offer {
        provider: provider
            .parse()
            .map_err(|_| refuse("provider", provider, "aws, azure or gcp"))?,
        region,
        instance_type,
        class: parse_class(class)
            .ok_or_else(|| refuse("class", class, "general, compute, memory or burstable"))?,
        milli_vcpu: parse_times(vcpu, 1000)
            .ok_or_else(|| refuse("vcpu", vcpu, "a count of cores to the thousandth"))?,
        memory_bytes: parse_times(memory, 1 << 30)
            .ok_or_else(|| refuse("memory_gib", memory, "a size in GiB above 0"))?,
        arch,
        on_demand_per_hour: price("on_demand_per_hour", on_demand)?,
        spot_per_hour: spot_from
            .map(|_| price("spot_per_hour", spot))
            .transpose()?,
        source: from.on_demand.0,
        as_of: from.on_demand.1,
        estimated: from.on_demand.2,
        spot_source: spot_from.map(|spot| spot.0),
        spot_as_of: spot_from.map(|spot| spot.1),
        spot_estimated: spot_from.is_some_and(|spot| spot.2),
    })
}

fn parse_class(text: &str) -> Option<MachineClass> {
    Some(match text {
        "general" => MachineClass::General,
        "compute" => MachineClass::Compute,
        "memory" => MachineClass::Memory,
        "burstable" => MachineClass::Burstable,
        _ => return None,
    })
}

/// A positive decimal times `unit`, where that is a whole number of units.
fn parse_times(text: &str, unit: u64) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let scale = 10_u64.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let digits: u64 = format!("{whole}{fraction}").parse().ok()?;
    let scaled = digits.checked_mul(unit)?;
    (scaled > 0 && scaled % scale == 0).then_some(scaled / scale)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    fn check_find(
        provider: Provider,
        region: &str,
        instance_type: &str,
        expect: (u64, u64, &str, Option<&str>),
    ) {
        let book = PriceBook::parse(BUILTIN_BOOK, BUILTIN_SOURCES).unwrap();
        let offer = book.find(provider, region, instance_type).unwrap();
        let (milli_vcpu, gib, on_demand, spot) = expect;
        assert_eq!(offer.milli_vcpu, milli_vcpu);
        assert_eq!(offer.memory_bytes, gib * GIB);
        assert_eq!(offer.on_demand_per_hour, on_demand.parse().unwrap());
        assert_eq!(offer.spot_per_hour, spot.map(|text| text.parse().unwrap()));
    }

    #[test]
    fn known_offers() {
        check_find(
            Provider::Aws,
            "us-east-1",
            "m5.large",
            (2000, 8, "0.096", Some("0.03264")),
        );
        check_find(
            Provider::Azure,
            "eastus",
            "Standard_D4s_v5",
            (4000, 16, "0.192", None),
        );
        check_find(
            Provider::Gcp,
            "us-central1",
            "e2-micro",
            (250, 1, "0.00837643", Some("0.0050265")),
        );
    }

    #[test]
    fn every_offer_is_priced_dated_and_sorted() {
        let book = PriceBook::parse(BUILTIN_BOOK, BUILTIN_SOURCES).unwrap();
        assert!(book.offers().len() > 2000, "{} offers", book.offers().len());
        for provider in Provider::ALL {
            assert!(book.regions(provider).len() >= 16, "{provider}");
        }
        for offer in book.offers() {
            assert!(offer.on_demand_per_hour > Money::ZERO, "{offer:?}");
            assert!(
                offer.spot_per_hour.is_none_or(|spot| spot > Money::ZERO),
                "{offer:?}"
            );
            assert_eq!(
                offer.spot_per_hour.is_some(),
                offer.spot_as_of.is_some(),
                "{offer:?}"
            );
            assert!(
                is_iso_date(offer.as_of) && !offer.source.is_empty(),
                "{offer:?}"
            );
            assert_eq!(
                book.find(offer.provider, offer.region, offer.instance_type),
                Some(offer)
            );
        }
    }

    fn check_refused(row: &'static str, expect: &str) {
        let table: &'static str = Box::leak(format!("heading\n{row}\n").into_boxed_str());
        let error = PriceBook::parse(table, BUILTIN_SOURCES).unwrap_err();
        assert!(error.to_string().contains(expect), "{row}: {error}");
    }

    #[test]
    fn bad_rows_name_line_field_and_value() {
        check_refused(
            "aws,r,t,general,2,8,amd64,0,,aws-list",
            "line 2, on_demand_per_hour: \"0\"",
        );
        check_refused(
            "aws,r,t,general,2,8,amd64,,,aws-list",
            "on_demand_per_hour: \"\"",
        );
        check_refused(
            "aws,r,t,general,2,8,amd64,0.1,0,aws-list",
            "spot_per_hour: \"0\"",
        );
        check_refused(
            "oci,r,t,general,2,8,amd64,0.1,,aws-list",
            "provider: \"oci\"",
        );
        check_refused("aws,r,t,general,0,8,amd64,0.1,,aws-list", "vcpu: \"0\"");
        check_refused(
            "aws,r,t,general,2,8,amd64,0.1,,nobody",
            "source: \"nobody\"",
        );
        check_refused(
            "aws,r,t,general,2,8,amd64,0.1,0.05,azure-list",
            "spot_per_hour: \"0.05\"",
        );
        check_refused("aws,r,t,general,2,8", "6 columns, 10 expected");
        check_refused(
            "aws,r,t,general,2,8,amd64,0.1,,aws-list\naws,r,t,general,2,8,amd64,0.1,,aws-list",
            "line 3: aws r t does not come after",
        );
    }
}
