//! Topics: what is subscribed to, and which datastream a message is of. Knows no broker.

/// Where the id of a datastream stands in a topic of the settings.
const ID: &str = "{datastream}";

/// A topic of the settings, such as `v1.1/Datastreams({datastream})/Observations`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Topic {
    levels: Vec<Level>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Level {
    Exact(String),
    /// `+`
    Any,
    /// `#`, the last one.
    Rest,
    /// With the id between two texts.
    Id {
        before: String,
        after: String,
    },
}

impl Topic {
    /// Reads a topic of the settings.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let wrong = |what: &str| Err(format!("`{text}`: {what}"));
        if text.is_empty() || text.len() > 1000 || text.chars().any(char::is_control) {
            return wrong("write a topic of 1 to 1000 characters");
        }
        if text.starts_with('$') {
            return wrong("topics with `$` are the broker's own");
        }
        if text.matches(ID).count() > 1 {
            return wrong("`{datastream}` may stand in it once");
        }
        let parts: Vec<&str> = text.split('/').collect();
        let mut levels = Vec::new();
        for (index, part) in parts.iter().enumerate() {
            levels.push(match *part {
                "+" => Level::Any,
                "#" if index + 1 == parts.len() => Level::Rest,
                part if part.contains(['+', '#']) => {
                    return wrong("`+` is a level of its own, and `#` is the last one");
                }
                part => match part.split_once(ID) {
                    Some((before, after)) => Level::Id {
                        before: before.to_owned(),
                        after: after.to_owned(),
                    },
                    None => Level::Exact(part.to_owned()),
                },
            });
        }
        Ok(Self { levels })
    }

    /// What the broker is asked for.
    pub(super) fn filter(&self) -> String {
        let levels = self.levels.iter().map(|level| match level {
            Level::Exact(text) => text.as_str(),
            Level::Any | Level::Id { .. } => "+",
            Level::Rest => "#",
        });
        levels.collect::<Vec<_>>().join("/")
    }

    /// Whether a message with this topic belongs to it; then with the id that stands there, if one does.
    pub(super) fn id<'a>(&self, topic: &'a str) -> Option<Option<&'a str>> {
        let mut parts = topic.split('/');
        let mut id = None;
        for level in &self.levels {
            match level {
                Level::Rest => return Some(id),
                Level::Any => {
                    parts.next()?;
                }
                Level::Exact(text) => {
                    if parts.next()? != text {
                        return None;
                    }
                }
                Level::Id { before, after } => {
                    let part = parts.next()?.strip_prefix(before.as_str())?;
                    id = Some(bare(part.strip_suffix(after.as_str())?)?);
                }
            }
        }
        parts.next().is_none().then_some(id)
    }
}

/// An id without the quotation marks of OData; none where nothing is left.
fn bare(part: &str) -> Option<&str> {
    let quoted = part.strip_prefix('\'').and_then(|it| it.strip_suffix('\''));
    Some(quoted.unwrap_or(part)).filter(|id| !id.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OGC: &str = "v1.1/Datastreams({datastream})/Observations";

    fn check(pattern: &str, topic: &str, expected: &str) {
        let parsed = Topic::parse(pattern).unwrap();
        let shown = match parsed.id(topic) {
            None => "no",
            Some(None) => "yes",
            Some(Some(id)) => id,
        };
        assert_eq!(shown, expected, "{pattern} {topic}");
    }

    #[test]
    fn a_topic_names_its_datastream() {
        check(OGC, "v1.1/Datastreams('DS-1')/Observations", "DS-1");
        check(OGC, "v1.1/Datastreams(DS-1)/Observations", "DS-1");
        check(OGC, "v1.1/Datastreams('')/Observations", "no");
        check(OGC, "v1.1/Datastreams()/Observations", "no");
        check(OGC, "v1.1/Datastreams('DS-1')", "no");
        check(OGC, "v1.1/Datastreams('DS-1')/Observations/1", "no");
        check(OGC, "v1.1/Things('DS-1')/Observations", "no");
        check("{datastream}", "DS-1", "DS-1");
        check("city/+/{datastream}/up", "city/east/DS-1/up", "DS-1");
        check("city/{datastream}/#", "city/DS-1", "DS-1");
        check("city/{datastream}/#", "city/DS-1/a/b", "DS-1");
        check("city/readings", "city/readings", "yes");
        check("city/#", "city", "yes");
        check("city/#", "town", "no");
    }

    #[test]
    fn the_broker_is_asked_with_wildcards() {
        let filter = |text: &str| Topic::parse(text).unwrap().filter();
        assert_eq!(filter(OGC), "v1.1/+/Observations");
        assert_eq!(filter("a/+/x{datastream}/#"), "a/+/+/#");
        assert_eq!(filter("a/b"), "a/b");
    }

    #[test]
    fn what_is_no_topic_is_refused() {
        for text in [
            "",
            "a\nb",
            "$share/g/a",
            "a+/b",
            "a/#/b",
            "a/b#",
            "{datastream}/{datastream}",
        ] {
            assert!(Topic::parse(text).is_err(), "{text:?}");
        }
    }
}
