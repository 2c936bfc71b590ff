//! Texts with places for facts, `{place}`. A template is checked when it is read: it names only facts which its occasion
//! has, so filling it cannot fail. It has no conditions or loops, and a fact that looks like a place is left as it is.

/// A fact that a text can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact {
    /// Place of the thing.
    Place,
    /// Name of the thing.
    Thing,
    /// Name of the kind.
    Title,
    /// The value, rounded as the kind is shown.
    Value,
    /// The unit of the kind.
    Unit,
    /// Since when, in local time.
    Since,
    /// How grave it is.
    Level,
    /// The bound of that level.
    Limit,
    /// Where the limit is laid down.
    Basis,
    /// Who has to hear of it.
    Notice,
}

/// A text with places for facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Fact(Fact),
}

impl Fact {
    /// All, in the order in which they are documented.
    pub const ALL: [Self; 10] = [
        Self::Place,
        Self::Thing,
        Self::Title,
        Self::Value,
        Self::Unit,
        Self::Since,
        Self::Level,
        Self::Limit,
        Self::Basis,
        Self::Notice,
    ];

    /// As it is written between braces.
    pub fn name(self) -> &'static str {
        match self {
            Self::Place => "place",
            Self::Thing => "thing",
            Self::Title => "title",
            Self::Value => "value",
            Self::Unit => "unit",
            Self::Since => "since",
            Self::Level => "level",
            Self::Limit => "limit",
            Self::Basis => "basis",
            Self::Notice => "notice",
        }
    }
}

impl Template {
    /// Reads a text.
    ///
    /// # Errors
    ///
    /// What is wrong with it: it is empty, a brace stands alone, or a fact is not one of `facts`.
    pub fn parse(text: &str, facts: &[Fact]) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Err("is empty".to_owned());
        }
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').ok_or("has `{` without `}`")?;
            parts.push(plain(before)?);
            let mut found = facts.iter().filter(|fact| fact.name() == name);
            let fact = found.next().ok_or_else(|| unknown(name, facts))?;
            parts.push(Part::Fact(*fact));
            rest = after;
        }
        parts.push(plain(rest)?);
        Ok(Self { parts })
    }

    /// The text with its facts.
    pub fn fill(&self, mut fact: impl FnMut(Fact) -> String) -> String {
        let parts = self.parts.iter().map(|part| match part {
            Part::Text(text) => text.clone(),
            Part::Fact(name) => fact(*name),
        });
        parts.collect()
    }
}

fn plain(text: &str) -> Result<Part, String> {
    if text.contains('}') {
        return Err("has `}` without `{`".to_owned());
    }
    Ok(Part::Text(text.to_owned()))
}

fn unknown(name: &str, facts: &[Fact]) -> String {
    let names: Vec<String> = facts
        .iter()
        .map(|it| format!("`{{{}}}`", it.name()))
        .collect();
    let names = names.join(", ");
    format!("has `{{{name}}}`, for which there is no fact here; there are {names}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let facts = [Fact::Place, Fact::Value];
        let filled = Template::parse(text, &facts).map(|template| {
            template.fill(|fact| match fact {
                Fact::Place => "{value}".to_owned(),
                fact => fact.name().to_uppercase(),
            })
        });
        let got = filled.unwrap_or_else(|why| format!("error: {why}"));
        assert_eq!(got, expected, "{text}");
    }

    #[test]
    fn filled_once() {
        check("水位", "水位");
        check("{place}水位{value}米", "{value}水位VALUE米");
        check("{value}", "VALUE");
        check("{value}{value}", "VALUEVALUE");
    }

    #[test]
    fn refused() {
        check("", "error: is empty");
        check(" ", "error: is empty");
        check("{place", "error: has `{` without `}`");
        check("place}", "error: has `}` without `{`");
        check("{place}}", "error: has `}` without `{`");
        let none = "for which there is no fact here; there are `{place}`, `{value}`";
        check("在{level}", &format!("error: has `{{level}}`, {none}"));
        check("在{ place }", &format!("error: has `{{ place }}`, {none}"));
        check("在{}", &format!("error: has `{{}}`, {none}"));
        check("在{{place}}", &format!("error: has `{{{{place}}`, {none}"));
    }
}
