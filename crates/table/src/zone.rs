//! UTC offsets that change from cell to cell: the zone that they belong to, so that daylight time follows the
//! date.

use std::collections::BTreeMap;

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};

use crate::ZoneOf;
use crate::raw::Texts;

/// Zones with daylight time, one for each set of rules.
const ZONES: [&str; 25] = [
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Anchorage",
    "America/Halifax",
    "America/St_Johns",
    "America/Havana",
    "America/Santiago",
    "America/Sao_Paulo",
    "America/Mexico_City",
    "Europe/London",
    "Europe/Berlin",
    "Europe/Athens",
    "Europe/Chisinau",
    "Atlantic/Azores",
    "Asia/Jerusalem",
    "Asia/Beirut",
    "Asia/Tehran",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Australia/Sydney",
    "Australia/Adelaide",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
];
/// Share of a level's rows that its zone has to explain.
const EXPLAINED: f64 = 0.99;
/// Fewest rows of a level whose zone is kept.
const FEWEST: usize = crate::Protection::DEFAULT as usize;

/// Local microseconds since 1970, and the offset in seconds.
pub(crate) type Moment = (i64, i64);

/// Zones by name, with the rules that this program was built with: the machine's own do not matter.
pub(crate) struct Zones {
    known: BTreeMap<String, TimeZone>,
}

impl Zones {
    pub(crate) fn new() -> Zones {
        let database = TimeZoneDatabase::bundled();
        let zone = |name: &&str| Some(((*name).to_owned(), database.get(name).ok()?));
        Zones {
            known: ZONES.iter().filter_map(zone).collect(),
        }
    }

    /// The offset of `zone`, in seconds, at a local time; the local time that exists there, where clocks
    /// were put forward over it.
    pub(crate) fn at(&self, zone: &str, local: i64) -> Option<Moment> {
        if let Some(offset) = seconds(zone) {
            return Some((local, offset));
        }
        let civil = civil(local)?;
        let found = self
            .known
            .get(zone)?
            .to_ambiguous_zoned(civil)
            .compatible()
            .ok()?;
        let moved = found.datetime().duration_since(civil).as_micros() as i64;
        Some((local + moved, i64::from(found.offset().seconds())))
    }

    fn explains(&self, zone: &str, (local, offset): Moment) -> bool {
        if let Some(own) = seconds(zone) {
            return own == offset;
        }
        let Some((zone, civil)) = self.known.get(zone).zip(civil(local)) else {
            return false;
        };
        // In the hour that comes twice, either offset is right.
        let Ok(offset) = Offset::from_seconds(offset as i32) else {
            return false;
        };
        let Ok(at) = offset.to_timestamp(civil) else {
            return false;
        };
        zone.to_offset(at) == offset
    }

    /// The zone that explains nearly all of `moments`: their offset when they share one, else a zone whose
    /// daylight time they follow.
    fn of(&self, moments: &[Moment]) -> Option<String> {
        let enough = |zone: &str| {
            let fit = moments.iter().filter(|m| self.explains(zone, **m)).count();
            fit as f64 >= EXPLAINED * moments.len() as f64
        };
        let first = name(moments.first()?.1);
        if enough(&first) {
            return Some(first);
        }
        ZONES.iter().find(|z| enough(z)).map(|z| (*z).to_owned())
    }

    /// The zone of one row.
    pub(crate) fn assign(&self, zones: &[ZoneOf], level: Option<&str>, moment: Moment) -> String {
        let mine = zones
            .iter()
            .filter(|z| z.level.is_none() || z.level.as_deref() == level);
        let mut fit = mine.filter(|z| self.explains(&z.zone, moment));
        fit.next()
            .map_or_else(|| name(moment.1), |z| z.zone.clone())
    }

    /// Zones by level of the column that decides about them: the one among `columns` each of whose levels lies
    /// in one zone.
    pub(crate) fn by<'a>(
        &self,
        moments: &[Option<Moment>],
        columns: impl Iterator<Item = (&'a str, &'a Texts)>,
    ) -> (Option<String>, Vec<ZoneOf>) {
        let all: Vec<Moment> = moments.iter().copied().flatten().collect();
        let global = |zone: String| (None, vec![ZoneOf { level: None, zone }]);
        if let Some(zone) = self.of(&all) {
            return global(zone);
        }
        for (column, texts) in columns {
            if let Some(zones) = self.by_level(moments, texts) {
                return (Some(column.to_owned()), zones);
            }
        }
        (None, Vec::new())
    }

    fn by_level(&self, moments: &[Option<Moment>], texts: &Texts) -> Option<Vec<ZoneOf>> {
        if texts.distinct() > 200 {
            return None;
        }
        let mut rows: Vec<Vec<Moment>> = vec![Vec::new(); texts.distinct()];
        for (code, moment) in texts.codes().iter().zip(moments) {
            if let (Some(rows), Some(moment)) = (rows.get_mut(*code as usize), moment) {
                rows.push(*moment);
            }
        }
        let mut found = Vec::new();
        for (level, rows) in texts.iter().zip(&rows) {
            if rows.len() >= FEWEST {
                found.push(ZoneOf {
                    level: Some(level.to_owned()),
                    zone: self.of(rows)?,
                });
            }
        }
        (found.len() > 1).then_some(found)
    }
}

fn civil(local: i64) -> Option<DateTime> {
    DateTime::constant(1970, 1, 1, 0, 0, 0, 0)
        .checked_add(jiff::SignedDuration::from_micros(local))
        .ok()
}

/// The seconds of an offset such as `-05:00`.
fn seconds(zone: &str) -> Option<i64> {
    let (sign, rest) = match zone.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    Some(sign * (hours.parse::<i64>().ok()? * 3600 + minutes.parse::<i64>().ok()? * 60))
}

/// An offset as `-05:00`.
pub(crate) fn name(seconds: i64) -> String {
    written(seconds, true)
}

/// An offset with or without a colon.
pub(crate) fn written(seconds: i64, colon: bool) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    let colon = if colon { ":" } else { "" };
    format!("{sign}{:02}{colon}{:02}", minutes / 60, minutes % 60)
}
