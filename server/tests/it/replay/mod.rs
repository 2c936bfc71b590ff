//! Recorded turns run again, and the same question asked again: the same answer, byte for byte.

mod determinism;
mod recorded;
mod suite;

use std::path::Path;
use std::sync::Arc;

use server::app::App;
use server::catalog::Catalog;
use server::embedded::Origin;
use server::settings::Settings;

/// The demo city in the data directory `data`, prepared where it is not.
async fn demo(data: &Path) -> Arc<App> {
    let mut settings = Settings::default_of(&Origin::Embedded).unwrap();
    settings.data.directory = Some(data.to_owned());
    settings.data.database = crate::database::server(data);
    settings.clock.today = Some("2026-11-21".parse().unwrap());
    let catalog = Catalog::load(Origin::Embedded);
    server::prepare::demo(data, &catalog, &mut |_, _| true).unwrap();
    App::open(settings, catalog).await.unwrap()
}
