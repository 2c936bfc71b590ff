//! What only a shared database can do: two servers on one, and a database that goes away and comes back. These run under
//! `scripts/postgres`; elsewhere they are skipped and say so.

mod copy;
mod gone;
mod together;

use std::path::Path;

use tools::database::Database;

use crate::database::{SERVER, server};

/// The database of the test with this folder; none, and it is said, where there is no server.
fn shared(folder: &Path) -> Option<Database> {
    let address = server(folder);
    if address.is_none() {
        println!("skipped: `{SERVER}` names no server; `scripts/postgres` starts one");
    }
    address.map(Database::Server)
}
