//! The address of a PostgreSQL database. It may hold a password, which is shown nowhere.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};
use sqlx::any::AnyConnectOptions;

/// `postgres://USER:PASSWORD@HOST:PORT/NAME`.
#[derive(Clone, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(transparent)]
pub struct Address(String);

/// Why it is no address of a database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It does not begin as one.
    #[error("the database is not named as `postgres://USER@HOST/NAME`")]
    Scheme,
    /// It has a character that is written otherwise in a URL.
    #[error(
        "the address of the database has a blank, a quotation mark or the like\nhint: in a password, they are written as `%20`, `%22` and `%27`"
    )]
    Character,
    /// It is not a URL.
    #[error(
        "the address of the database is not a URL: {0}\nhint: in a password, characters such as `/`, `@` and `#` are written as `%2F`, `%40` and `%23`"
    )]
    Url(String),
    /// It has a parameter that nobody knows.
    #[error(
        "the address of the database has the parameter `{0}`, which is not known\nhint: known are `sslmode`, `sslrootcert`, `sslcert`, `sslkey`, `host`, `port`, `user`, `password`, `dbname`, `application_name` and `options`"
    )]
    Parameter(String),
}

const PARAMETERS: [&str; 12] = [
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "host",
    "hostaddr",
    "port",
    "user",
    "password",
    "dbname",
    "application_name",
    "options",
];

impl Address {
    /// Of its text.
    ///
    /// # Errors
    /// What is wrong with it; the message does not repeat it.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        if text.contains(|it: char| it.is_whitespace() || it.is_control() || "\"'`<>".contains(it))
        {
            return Err(AddressError::Character);
        }
        let address = Self(text.to_owned());
        let url = address.options()?.database_url;
        for (name, _) in url.query_pairs() {
            if !PARAMETERS.contains(&name.as_ref()) && !name.starts_with("options[") {
                // A password with `?` in it looks like one.
                let plain = |it: char| it.is_ascii_lowercase() || it == '_';
                let named = name.chars().all(plain) && !text.contains('@');
                let name = if named {
                    name.into_owned()
                } else {
                    "…".to_owned()
                };
                return Err(AddressError::Parameter(name));
            }
        }
        Ok(address)
    }

    /// As [`Address::parse`], for one that was read from a file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), AddressError> {
        Self::parse(&self.0).map(drop)
    }

    /// How to connect.
    pub(super) fn options(&self) -> Result<AnyConnectOptions, AddressError> {
        if !["postgres://", "postgresql://"]
            .iter()
            .any(|scheme| self.0.starts_with(scheme))
        {
            return Err(AddressError::Scheme);
        }
        let options = self.0.parse::<AnyConnectOptions>();
        options.map_err(|error| AddressError::Url(without_password(&error.to_string())))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = without_password(&self.0);
        formatter.write_str(shown.split('?').next().unwrap_or_default())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// `text` without what looks like the password of an address, also of one that is written wrongly.
pub fn without_password(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("://") {
        let (before, after) = rest.split_at(start + 3);
        shown.push_str(before);
        let ends = |next: char| next.is_whitespace() || "\"'`".contains(next);
        let (address, behind) = after.split_at(after.find(ends).unwrap_or(after.len()));
        shown.push_str(&nameless(address));
        rest = behind;
    }
    shown + rest
}

/// `USER:***@HOST/NAME?password=***` of what stands behind `://`.
fn nameless(address: &str) -> String {
    // The last one: a password in which `@` was not written as `%40` is hidden as a whole.
    let (person, place) = match address.rsplit_once('@') {
        Some((person, place)) => (Some(person), place),
        None => (None, address),
    };
    let place = match place.split_once("password=") {
        Some((before, after)) => {
            let behind = after.find('&').map_or("", |end| &after[end..]);
            format!("{before}password=***{behind}")
        }
        None => place.to_owned(),
    };
    match person.map(|person| person.split_once(':').unwrap_or((person, ""))) {
        None => place,
        Some((user, "")) => format!("{user}@{place}"),
        Some((user, _)) => format!("{user}:***@{place}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_shown_nowhere() {
        let check = |text: &str, expected: &str| {
            let address = Address::parse(text).unwrap();
            assert_eq!(address.to_string(), expected);
            assert_eq!(format!("{address:?}"), expected);
            assert_eq!(
                serde_json::to_string(&address).unwrap(),
                format!("\"{expected}\"")
            );
        };
        check(
            "postgres://cz:geheim@db:5432/city",
            "postgres://cz:***@db:5432/city",
        );
        check("postgresql://cz@db/city", "postgresql://cz@db/city");
        check("postgres://db/city", "postgres://db/city");
        check(
            "postgres:///city?host=/run/postgresql&user=cz&password=geheim",
            "postgres:///city",
        );
        check(
            "postgres://cz:ge%40heim@db/city?sslmode=require",
            "postgres://cz:***@db/city",
        );
    }

    #[test]
    fn a_wrong_address_is_told_without_its_password() {
        for text in [
            "",
            "sqlite:geheim",
            "mysql://cz:geheim@db/city",
            "postgres:geheim",
            "postgres://cz:geheim@db:port/city",
            "postgres://cz:geheim@[/city",
            "postgres://cz:geheim@db/city?pasword=geheim",
            "postgres://cz:ge heim@db/city",
            "postgres://cz:ge'heim@db/city",
            "postgres://cz:?geheim@db/city",
        ] {
            let error = Address::parse(text).unwrap_err();
            assert!(!error.to_string().contains("geheim"), "{error}");
        }
    }

    #[test]
    fn messages_lose_passwords_also_of_addresses_that_are_wrong() {
        let check =
            |text: &str, expected: &str| assert_eq!(without_password(text), expected, "{text}");
        check("nothing here", "nothing here");
        check(
            "3 | database = \"postgres://cz:a/b@c@db/city\" x",
            "3 | database = \"postgres://cz:***@db/city\" x",
        );
        check(
            "one postgres://u:p@h/d, two http://example.org/a",
            "one postgres://u:***@h/d, two http://example.org/a",
        );
        check(
            "x://h/d?password=p&user=u y",
            "x://h/d?password=***&user=u y",
        );
    }
}
