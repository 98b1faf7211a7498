//! Settings by name, for sentences that speak of them. Errors and warnings are written as the command line
//! calls a setting, `--subject`; [`Door::spoken`] says the same in the words of whoever reads it: `subject=` in
//! Python, “subject” in the service. What the service has no field for is said to be the command line's.

/// Where a sentence is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// On the command line: `--subject none`.
    Terminal,
    /// In Python: `subject="none"`.
    Python,
    /// Over the API and on pages, which call fields by the same name: “subject: none”.
    Service,
}

/// A setting: the command line's name, Python's keyword, and the service's field where it has one.
type Setting = (&'static str, &'static str, Option<&'static str>);

/// Every setting that a sentence of the engine may speak of.
pub const SETTINGS: [Setting; 35] = [
    ("attempts", "attempts", Some("attempts")),
    ("checkpoints", "checkpoints", None),
    ("config", "config", None),
    ("delimiter", "delimiter", None),
    ("drop", "drop", None),
    ("encoding", "encoding", None),
    ("event", "event", Some("column of events")),
    ("force", "force", None),
    ("format", "format", None),
    ("holdout", "holdout", None),
    ("memory-limit", "memory_limit", None),
    ("metadata", "metadata", None),
    ("method", "method", Some("method")),
    ("missing-codes", "missing_codes", None),
    ("mode", "mode", Some("mode")),
    ("na", "na", None),
    ("output", "path", None),
    ("profile", "profile", Some("profile")),
    ("protect", "protect", Some("protect")),
    ("relations", "relations", Some("relations")),
    ("rows", "rows", Some("rows")),
    ("schema", "schema", Some("schema")),
    ("seed", "seed", Some("seed")),
    ("set", "params", Some("parameters")),
    ("shadow-runs", "shadow_runs", None),
    ("sheet", "sheet", None),
    ("skip-rows", "skip_rows", None),
    ("subject", "subject", Some("subject")),
    ("target", "target", Some("target")),
    ("test", "test", None),
    ("text", "text", Some("names and free text")),
    ("threads", "threads", None),
    ("time", "time", Some("column of times")),
    ("time-limit", "time_limit", Some("time limit")),
    ("validation", "validation", None),
];

impl Door {
    /// `text`, written in the command line's words, in those of this door. What names no setting is left as
    /// it is.
    pub fn spoken(self, text: &str) -> String {
        if self == Door::Terminal {
            return text.to_owned();
        }
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find("--") {
            let (before, from) = rest.split_at(at);
            let name_end = (from[2..].find(|c: char| !c.is_ascii_lowercase() && c != '-'))
                .map_or(from.len(), |n| n + 2);
            let (name, after) = (&from[2..name_end], &from[name_end..]);
            let begins = before
                .chars()
                .next_back()
                .is_none_or(|c| " (`\"".contains(c));
            let found = SETTINGS.iter().find(|s| s.0 == name).filter(|_| begins);
            let Some(setting) = found else {
                out += before;
                out += &from[..name_end];
                rest = after;
                continue;
            };
            // In backquotes, what follows is its value.
            let quoted = before.ends_with('`');
            let (value, after) = match after.find('`').filter(|_| quoted) {
                Some(end) => (after[..end].trim(), &after[end + 1..]),
                None => ("", after),
            };
            out += before
                .strip_suffix('`')
                .filter(|_| quoted)
                .unwrap_or(before);
            out += &self.called(setting, value);
            rest = after;
        }
        out + rest
    }

    fn called(self, &(flag, keyword, field): &Setting, value: &str) -> String {
        match self {
            Door::Terminal => format!("`--{flag} {value}`"),
            Door::Python if value.is_empty() => format!("{keyword}="),
            Door::Python if value.parse::<f64>().is_ok() => format!("{keyword}={value}"),
            Door::Python => format!("{keyword}=\"{}\"", value.replace('-', "_")),
            Door::Service => {
                let with = |gap: &str, value: &str| match value {
                    "" => String::new(),
                    value => format!("{gap}{value}"),
                };
                match field {
                    Some(field) => format!("“{field}{}”", with(": ", in_words(flag, value))),
                    None => format!("`--{flag}{}` on the command line", with(" ", value)),
                }
            }
        }
    }
}

/// A value as pages call it.
fn in_words<'v>(flag: &str, value: &'v str) -> &'v str {
    match (flag, value) {
        ("text", "fake") => "replace",
        ("text", "drop") => "leave out",
        ("text", "error") => "refuse",
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_called_as_each_door_calls_them() {
        let text =
            "Give rows with --holdout, or say `--subject none` (`--na`), not --unknown; a--b.";
        assert_eq!(Door::Terminal.spoken(text), text);
        assert_eq!(
            Door::Python.spoken(text),
            "Give rows with holdout=, or say subject=\"none\" (na=), not --unknown; a--b."
        );
        assert_eq!(
            Door::Service.spoken(text),
            "Give rows with `--holdout` on the command line, or say “subject: none” (`--na` on the command line), \
             not --unknown; a--b."
        );
        assert_eq!(
            Door::Service.spoken("Drop them with `--text drop`, or use `--text fake`."),
            "Drop them with “names and free text: leave out”, or use “names and free text: replace”."
        );
        assert_eq!(
            Door::Python.spoken("`--protect 0` or --"),
            "protect=0 or --"
        );
        assert_eq!(
            Door::Python.spoken("use `--method gaussian-copula`."),
            "use method=\"gaussian_copula\"."
        );
    }

    #[test]
    fn settings_are_in_order_and_once_each() {
        assert!(SETTINGS.windows(2).all(|w| w[0].0 < w[1].0));
    }
}
