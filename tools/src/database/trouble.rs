//! What errors of a database mean for whoever wrote or read.

use sqlx::error::DatabaseError;
use sqlx::sqlite::SqliteError;

use super::Database;

/// Records that cannot be opened or made.
#[derive(Debug, thiserror::Error)]
#[error("cannot open `{place}`\nhint: {hint}")]
pub struct OpenError {
    place: String,
    hint: &'static str,
    #[source]
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl OpenError {
    pub(super) fn new(
        database: &Database,
        file: &str,
        source: Box<dyn std::error::Error + Send + Sync>,
    ) -> Self {
        let (place, hint) = match database {
            Database::Folder(folder) => (
                folder.join(file).display().to_string(),
                "check that the folder exists, may be written and has free space",
            ),
            Database::Server(address) => (
                address.to_string(),
                "check that the database runs, that this user may log in and make a schema in it, and that the program is not older than its tables",
            ),
        };
        Self {
            place,
            hint,
            source,
        }
    }
}

/// What an error of the database means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The disk, or the bound set for the file, is full. Nothing of the attempt was stored.
    Full,
    /// Somebody else kept the records locked for too long, or too many wait.
    Busy,
    /// The database is not there or broke off. It is connected to again with the next attempt.
    Gone,
    /// A text has the character U+0000, which PostgreSQL cannot keep.
    Text,
    /// Anything else.
    Other,
}

/// What `error` means.
pub fn trouble(error: &sqlx::Error) -> Trouble {
    match error {
        sqlx::Error::PoolTimedOut => Trouble::Busy,
        sqlx::Error::Io(_) => Trouble::Gone,
        error => error.as_database_error().map_or(Trouble::Other, of_code),
    }
}

fn of_code(error: &(dyn DatabaseError + 'static)) -> Trouble {
    let Some(code) = error.code() else {
        return Trouble::Other;
    };
    match error.try_downcast_ref::<SqliteError>() {
        Some(_) => of_sqlite(&code),
        None => of_postgres(&code),
    }
}

fn of_sqlite(code: &str) -> Trouble {
    // The low byte is the primary code; the rest says where it happened.
    match code.parse::<u32>().map(|code| code & 0xff) {
        Ok(SQLITE_FULL) => Trouble::Full,
        Ok(SQLITE_BUSY | SQLITE_LOCKED) => Trouble::Busy,
        _ => Trouble::Other,
    }
}

const SQLITE_BUSY: u32 = 5;
const SQLITE_LOCKED: u32 = 6;
const SQLITE_FULL: u32 = 13;

/// By SQLSTATE.
fn of_postgres(code: &str) -> Trouble {
    match code {
        // disk_full
        "53100" => Trouble::Full,
        // lock_not_available, query_canceled, serialization_failure, deadlock_detected, too_many_connections, out_of_memory,
        // idle_in_transaction_session_timeout
        "55P03" | "57014" | "40001" | "40P01" | "53300" | "53200" | "25P03" => Trouble::Busy,
        // admin_shutdown, crash_shutdown, cannot_connect_now; read_only_sql_transaction: another one writes now
        "57P01" | "57P02" | "57P03" | "25006" => Trouble::Gone,
        // character_not_in_repertoire
        "22021" => Trouble::Text,
        // connection exceptions
        code if code.starts_with("08") => Trouble::Gone,
        _ => Trouble::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_a_meaning() {
        let cases = [
            ("53100", Trouble::Full),
            ("55P03", Trouble::Busy),
            ("40P01", Trouble::Busy),
            ("57P01", Trouble::Gone),
            ("08006", Trouble::Gone),
            ("23505", Trouble::Other),
            ("22021", Trouble::Text),
        ];
        for (code, expected) in cases {
            assert_eq!(of_postgres(code), expected, "{code}");
        }
        let cases = [
            ("13", Trouble::Full),
            ("5", Trouble::Busy),
            ("517", Trouble::Busy),
            ("262", Trouble::Busy),
            ("2067", Trouble::Other),
        ];
        for (code, expected) in cases {
            assert_eq!(of_sqlite(code), expected, "{code}");
        }
    }

    #[test]
    fn what_is_not_of_the_database_has_one_too() {
        assert_eq!(trouble(&sqlx::Error::PoolTimedOut), Trouble::Busy);
        let io = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        assert_eq!(trouble(&sqlx::Error::Io(io)), Trouble::Gone);
        assert_eq!(trouble(&sqlx::Error::RowNotFound), Trouble::Other);
    }
}
