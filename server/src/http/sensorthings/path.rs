//! Resource paths: `Things('TH-1')/Datastreams('DS-1')/Observations`. Properties, `$value`, `$ref` and `$batch` are not there.

use super::model::{Kind, Link};
use crate::http::error::ApiError;

/// A path from an entity set on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path {
    pub(super) start: Kind,
    /// Which one of the set.
    pub(super) id: Option<String>,
    /// Where it goes from there, and to which one of several.
    pub(super) steps: Vec<(Link, Option<String>)>,
}

/// Sets of the standard, and of its extensions, that are not here.
const ELSEWHERE: [&str; 6] = [
    "MultiDatastreams",
    "Actuators",
    "TaskingCapabilities",
    "Tasks",
    "CreateObservations",
    "$batch",
];

/// The longest path, in steps.
const LONGEST: usize = 6;

impl Path {
    /// Reads what stands behind `/v1.1/`.
    pub(super) fn parse(text: &str) -> Result<Self, ApiError> {
        let mut parts = parts(text)?.into_iter();
        let (name, id) = parts.next().unwrap_or_default();
        if ELSEWHERE.contains(&name.as_str()) {
            return Err(unsupported(&name));
        }
        let start = Kind::ALL.into_iter().find(|kind| kind.set() == name);
        let start = start.ok_or_else(|| absent(&name))?;
        let mut path = Self {
            start,
            id,
            steps: Vec::new(),
        };
        for (name, id) in parts {
            path.go(&name, id)?;
        }
        Ok(path)
    }

    /// The entities that it leads to, and whether it leads to one of them only.
    pub(super) fn end(&self) -> (Kind, bool) {
        match self.steps.last() {
            Some((link, id)) => (link.to, !link.many || id.is_some()),
            None => (self.start, self.id.is_some()),
        }
    }

    fn go(&mut self, name: &str, id: Option<String>) -> Result<(), ApiError> {
        let (kind, one) = self.end();
        if name.starts_with('$') || (one && kind.shown().contains(&name)) {
            return Err(unsupported(name));
        }
        let link = kind.link(name).filter(|link| {
            let fits = link.many || id.is_none();
            one && fits && self.steps.len() < LONGEST
        });
        let link = link.ok_or_else(|| absent(name))?;
        self.steps.push((link, id));
        Ok(())
    }
}

/// The parts between slashes, each as its name and what stands in its brackets.
fn parts(text: &str) -> Result<Vec<(String, Option<String>)>, ApiError> {
    let mut parts = Vec::new();
    let mut rest = text.trim_end_matches('/');
    loop {
        let end = rest.find(['/', '(']).unwrap_or(rest.len());
        let (name, behind) = rest.split_at(end);
        let (id, behind) = match behind.strip_prefix('(') {
            Some(inner) => {
                let (id, behind) = key(inner).ok_or_else(|| absent(text))?;
                (Some(id), behind)
            }
            None => (None, behind),
        };
        parts.push((name.to_owned(), id));
        if behind.is_empty() {
            return Ok(parts);
        }
        rest = behind.strip_prefix('/').ok_or_else(|| absent(text))?;
    }
}

/// An id behind its bracket, and what stands behind that.
fn key(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('\'') else {
        let (id, behind) = text.split_once(')')?;
        return Some((id.to_owned(), behind));
    };
    let mut id = String::new();
    let mut rest = quoted;
    loop {
        let (part, behind) = rest.split_once('\'')?;
        id.push_str(part);
        match behind.strip_prefix('\'') {
            Some(more) => {
                id.push('\'');
                rest = more;
            }
            None => return Some((id, behind.strip_prefix(')')?)),
        }
    }
}

/// Nothing is there.
pub(super) fn absent(what: &str) -> ApiError {
    let what: String = what.chars().take(100).collect();
    ApiError::not_found("not_found", format!("没有 `{what}`。"))
}

fn unsupported(what: &str) -> ApiError {
    let what: String = what.chars().take(100).collect();
    ApiError::unsupported(None, format!("不支持 `{what}`。"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let shown = match Path::parse(text) {
            Ok(path) => {
                let start = path.start.set();
                let steps = path.steps.iter().map(|(link, id)| (link.name, id.as_ref()));
                let all = std::iter::once((start, path.id.as_ref())).chain(steps);
                let all = all.map(|(name, id)| match id {
                    Some(id) => format!("{name}[{id}]"),
                    None => name.to_owned(),
                });
                all.collect::<Vec<_>>().join(" ")
            }
            Err(error) => error.code().to_owned(),
        };
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn paths_go_from_entity_to_entity() {
        check("Things", "Things");
        check("Things/", "Things");
        check("Things('TH-1')", "Things[TH-1]");
        check("Things(TH-1)", "Things[TH-1]");
        check("Things('a''b')", "Things[a'b]");
        check("Things('a/b)c')", "Things[a/b)c]");
        check("Things('TH-1')/Datastreams", "Things[TH-1] Datastreams");
        check(
            "Things('TH-1')/Datastreams('DS-1')/Observations",
            "Things[TH-1] Datastreams[DS-1] Observations",
        );
        check(
            "Datastreams('DS-1')/Thing/Locations",
            "Datastreams[DS-1] Thing Locations",
        );
        check(
            "FeaturesOfInterest('TH-1')/Observations",
            "FeaturesOfInterest[TH-1] Observations",
        );
    }

    #[test]
    fn what_leads_nowhere_is_absent() {
        for text in [
            "",
            "/",
            "things",
            "Thing",
            "Things(",
            "Things('",
            "Things('x",
            "Things('x'",
            "Things('x')y",
            "Things//Datastreams",
            "Things/Datastreams",
            "Things('x')/Observations",
            "Datastreams('x')/Thing('y')",
            "Datastreams('x')/Things",
            "Things('x')/Datastreams('y')/Thing/Datastreams('y')/Thing/Datastreams('y')/Thing/Datastreams",
        ] {
            check(text, "not_found");
        }
    }

    #[test]
    fn what_is_not_supported_is_told_apart() {
        for text in [
            "MultiDatastreams",
            "Tasks('1')",
            "$batch",
            "Things/$ref",
            "Things('x')/name",
            "Things('x')/name/$value",
            "Datastreams('x')/unitOfMeasurement/name",
        ] {
            check(text, "not_supported");
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(256))]

        #[test]
        fn any_path_is_read(text in "\\PC{0,40}", parts in "(Things|Datastreams|Thing|/|\\(|\\)|'|x){0,12}") {
            let _ = Path::parse(&text);
            let _ = Path::parse(&parts);
        }
    }
}
