//! The city beside the corpora: the register of residents of the demonstration, and the hotline's clock.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::app::App;

/// Between two looks at what is due.
const MINUTE: Duration = Duration::from_secs(60);

/// The register of the demonstration. Everybody in it is made up.
const RESIDENTS: &str = "seeds/residents.jsonl";

/// Takes up the open orders, and puts the demonstration's residents into the register if it is to be prepared.
///
/// # Errors
/// What the records report. A line that is no resident is logged and left out.
pub async fn open(app: &App) -> Result<(), tools::Error> {
    let store = app.toolbox.store();
    if let Some(hotline) = &app.catalog.hotline {
        hotline.restore(store).await?;
    }
    if !app.settings.data.demo {
        return Ok(());
    }
    let text = app.catalog.origin.text(RESIDENTS).unwrap_or_default();
    let mut residents = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        match serde_json::from_str::<Map<String, Value>>(line) {
            Ok(record) => {
                let id = record.get("id").and_then(Value::as_str).map(str::to_owned);
                residents.extend(id.map(|id| (id, record)));
            }
            Err(error) => tracing::warn!("{RESIDENTS}:{number}: {error}"),
        }
    }
    store.put_residents(&residents).await?;
    Ok(())
}

/// Does what is due on orders, every minute, until it is dropped.
pub async fn clock(app: &App) {
    let Some(hotline) = &app.catalog.hotline else {
        return std::future::pending().await;
    };
    loop {
        match hotline.tick(app.toolbox.store(), app.now()).await {
            Ok(0) => {}
            Ok(entries) => tracing::info!(entries, "orders: reminders and limits"),
            Err(error) => tracing::error!(%error, "orders: what is due could not be done"),
        }
        tokio::time::sleep(MINUTE).await;
    }
}
