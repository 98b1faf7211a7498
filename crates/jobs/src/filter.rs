//! Which jobs a list shows, and how the query of an address asks for them:
//! `state=queued,running&project=…&actor=…&text=…&before=…&limit=50`.

use crate::{Job, State};

/// Jobs of a list, when nothing else is said, and at most.
const USUAL: i64 = 100;
const MOST: i64 = 500;
/// Longest name of a project or an actor, in characters.
const LONGEST: usize = 200;

/// Which jobs to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this kind; none for all. No query says it.
    pub kind: Option<String>,
    /// Of these projects; none for all.
    pub projects: Option<Vec<String>>,
    /// In these states; empty for all.
    pub states: Vec<State>,
    /// Asked for by this actor.
    pub actor: Option<String>,
    /// With these words among those that it is found by.
    pub text: Option<String>,
    /// Older than this one.
    pub before: Option<String>,
    /// So many at most; [`Filter::most`] without it.
    pub limit: Option<i64>,
}

/// What is wrong with a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadFilter {
    /// A field that there is not.
    #[error(
        "it has a field that a list does not know; known are state, project, actor, text, before, limit"
    )]
    Field,
    /// A field more than once.
    #[error("{0} is said more than once")]
    Twice(&'static str),
    /// A state that there is not.
    #[error(
        "state is not one of queued, running, cancelling, succeeded, failed, cancelled, or several with commas between"
    )]
    State,
    /// A name that nothing can have.
    #[error("{0} is empty, longer than 200 characters or has control characters")]
    Name(&'static str),
    /// Not the id of a job.
    #[error("before is not the id of a run")]
    Before,
    /// Not a number from 1 to 500.
    #[error("limit is not a number from 1 to 500")]
    Limit,
}

impl Filter {
    /// The filter that the query of an address (without `?`) asks for. A field may be left out, and
    /// may be said once.
    ///
    /// # Errors
    /// [`BadFilter`].
    pub fn parse(query: &str) -> Result<Filter, BadFilter> {
        const FIELDS: [&str; 6] = ["state", "project", "actor", "text", "before", "limit"];
        let mut filter = Filter::default();
        let mut said = [false; FIELDS.len()];
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let at = (FIELDS.iter().position(|f| *f == name)).ok_or(BadFilter::Field)?;
            let field = FIELDS[at];
            if std::mem::replace(&mut said[at], true) {
                return Err(BadFilter::Twice(field));
            }
            match field {
                "state" => filter.states = states(&value)?,
                "project" => filter.projects = Some(vec![name_of(field, &value)?]),
                "actor" => filter.actor = Some(name_of(field, &value)?),
                // An empty field of a form asks for nothing.
                "text" if value.trim().is_empty() => {}
                "text" => filter.text = Some(name_of(field, value.trim())?),
                "before" => filter.before = Some(id(&value)?),
                _ => filter.limit = Some(limit(&value)?),
            }
        }
        Ok(filter)
    }

    /// The same, of no projects but these; none stands for all.
    #[must_use]
    pub fn within(mut self, projects: Option<Vec<String>>) -> Filter {
        if let Some(open) = projects {
            self.projects = Some(match self.projects {
                Some(asked) => asked.into_iter().filter(|p| open.contains(p)).collect(),
                None => open,
            });
        }
        self
    }

    /// True when it leaves out jobs by what they are, not by how many there are.
    pub fn narrows(&self) -> bool {
        !self.states.is_empty()
            || self.actor.is_some()
            || self.projects.is_some()
            || self.text.is_some()
    }

    /// The words as a pattern of SQL, with `!` before what would mean more.
    pub(crate) fn pattern(&self) -> Option<String> {
        let text = self.text.as_ref()?.to_lowercase();
        let escaped = text
            .replace('!', "!!")
            .replace('%', "!%")
            .replace('_', "!_");
        Some(format!("%{escaped}%"))
    }

    /// How long the list is at most.
    pub fn most(&self) -> i64 {
        self.limit.unwrap_or(USUAL)
    }

    /// True for a job of the list, its length and its words left aside: what the database is asked, said again.
    pub fn keeps(&self, job: &Job) -> bool {
        self.projects
            .as_ref()
            .is_none_or(|p| p.contains(&job.project))
            && self.kind.as_ref().is_none_or(|k| *k == job.kind)
            && (self.states.is_empty() || self.states.contains(&job.state))
            && self.actor.as_ref().is_none_or(|a| *a == job.actor)
            && self.before.as_ref().is_none_or(|b| job.id < *b)
    }
}

fn states(value: &str) -> Result<Vec<State>, BadFilter> {
    let mut out = Vec::new();
    for name in value.split(',') {
        let state = State::ALL.into_iter().find(|s| s.name() == name);
        let state = state.ok_or(BadFilter::State)?;
        if !out.contains(&state) {
            out.push(state);
        }
    }
    Ok(out)
}

fn name_of(field: &'static str, value: &str) -> Result<String, BadFilter> {
    let fits =
        (1..=LONGEST).contains(&value.chars().count()) && !value.chars().any(char::is_control);
    fits.then(|| value.to_owned()).ok_or(BadFilter::Name(field))
}

fn id(value: &str) -> Result<String, BadFilter> {
    let digit = |b| matches!(b, b'0'..=b'9' | b'a'..=b'f');
    let fits = value.len() == 32 && value.bytes().all(digit);
    fits.then(|| value.to_owned()).ok_or(BadFilter::Before)
}

fn limit(value: &str) -> Result<i64, BadFilter> {
    let number = value.parse().map_err(|_| BadFilter::Limit)?;
    let fits = (1..=MOST).contains(&number);
    fits.then_some(number).ok_or(BadFilter::Limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_as_it_stands() {
        let id = "0123456789abcdef0123456789abcdef";
        let asked = Filter::parse(&format!(
            "state=queued,running,queued&project=p%201&actor=a+b&before={id}&limit=7&text=a_b%25"
        ));
        let expected = Filter {
            projects: Some(vec!["p 1".into()]),
            states: vec![State::Queued, State::Running],
            actor: Some("a b".into()),
            before: Some(id.into()),
            limit: Some(7),
            text: Some("a_b%".into()),
            kind: None,
        };
        assert_eq!(
            expected.pattern().as_deref(),
            Some("%a!_b!%%"),
            "no wildcard is the asker's"
        );
        assert_eq!(asked, Ok(expected));
        assert_eq!(Filter::parse(""), Ok(Filter::default()));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (query, error) in [
            ("states=queued", BadFilter::Field),
            ("limit=1&limit=2", BadFilter::Twice("limit")),
            ("state=done", BadFilter::State),
            ("state=", BadFilter::State),
            ("actor=%00", BadFilter::Name("actor")),
            ("project=", BadFilter::Name("project")),
            ("before=7", BadFilter::Before),
            ("limit=0", BadFilter::Limit),
            ("limit=501", BadFilter::Limit),
            ("limit=x", BadFilter::Limit),
        ] {
            assert_eq!(Filter::parse(query), Err(error), "{query}");
        }
    }

    #[test]
    fn nobody_sees_more_than_is_open() {
        let p = |names: &[&str]| Some(names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>());
        let asked = |query: &str| Filter::parse(query).unwrap_or_default();
        assert_eq!(
            asked("project=a").within(p(&["a", "b"])).projects,
            p(&["a"])
        );
        assert_eq!(asked("project=c").within(p(&["a", "b"])).projects, p(&[]));
        assert_eq!(asked("").within(p(&["a"])).projects, p(&["a"]));
        assert_eq!(asked("project=c").within(None).projects, p(&["c"]));
    }
}
