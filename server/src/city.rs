//! The city beside the corpora: residents and past orders of the demonstration, and the hotline's clock.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value};
use tools::sensor::Sensors;
use tools::sensor::demo::generate;
use tools::{Alert, Store, Watch};

use crate::app::App;

/// Between two looks at what is due.
const MINUTE: Duration = Duration::from_secs(60);

/// The register of the demonstration. Everybody in it is made up.
const RESIDENTS: &str = "seeds/residents.jsonl";

/// The orders of the demonstration's last ninety days. All of them are made up.
const ORDERS: &str = "seeds/orders.jsonl";

/// Days of readings that the demonstration has, and the seed of their noise.
const READINGS: (u32, u64) = (30, 2026);

/// Takes up the open orders, and puts the demonstration's residents into the register if it is to be prepared.
///
/// # Errors
/// What the records report. A line that is no resident is logged and left out.
pub async fn open(app: &App) -> Result<(), tools::Error> {
    if app.settings.data.demo {
        residents(app).await?;
        orders(app).await?;
        if let Some(sensors) = &app.catalog.sensors {
            put_readings(app.toolbox.store(), sensors, app.now()).await?;
        }
    }
    if let Some(watch) = watch(app) {
        let alerts = watch.look(app.now()).await.map_err(tools::Error::from)?;
        tracing::info!(alerts = alerts.len(), "readings were looked at");
    }
    if let Some(hotline) = &app.catalog.hotline {
        hotline.restore(app.toolbox.store()).await?;
    }
    Ok(())
}

async fn residents(app: &App) -> Result<(), tools::Error> {
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
    app.toolbox.store().put_residents(&residents).await?;
    Ok(())
}

/// Makes the demonstration's network and thirty days of readings up to now, once. Says how many were stored.
///
/// # Errors
/// What the records report.
pub(crate) async fn put_readings(
    store: &Store,
    sensors: &Sensors,
    now: Timestamp,
) -> Result<usize, tools::Error> {
    let Some(network) = &sensors.network else {
        return Ok(0);
    };
    if !store.things().await?.is_empty() {
        return Ok(0);
    }
    let (things, datastreams) = network.entities();
    let (days, seed) = READINGS;
    let readings: Vec<_> = generate(network, seed, now, days).collect();
    let stored = store.put_first_network(&things, &datastreams, &readings);
    if !stored.await? {
        return Ok(0);
    }
    tracing::info!(
        readings = readings.len(),
        "readings of the demonstration are made"
    );
    Ok(readings.len())
}

/// Takes the past orders in, once: where the last of them is there, all are.
async fn orders(app: &App) -> Result<(), tools::Error> {
    let (Some(hotline), Some(text)) = (&app.catalog.hotline, app.catalog.origin.text(ORDERS))
    else {
        return Ok(());
    };
    let store = app.toolbox.store();
    // Only the last line is read at every start but the first.
    let (last, _) = tools::read_past(text.trim_end().lines().next_back().unwrap_or_default());
    if let [last] = last.as_slice()
        && store.order(&last.id).await?.is_some()
    {
        return Ok(());
    }
    let (past, wrong) = tools::read_past(&text);
    for (line, message) in wrong {
        tracing::warn!("{ORDERS}:{line}: {message}");
    }
    let taken = hotline.take_in(store, &past).await?;
    for (order, why) in &taken.refused {
        tracing::warn!(order, "a past order ends early or is left out: {why}");
    }
    tracing::info!(orders = taken.stored, "past orders are taken in");
    Ok(())
}

/// What watches the sensors; none in a city without any.
pub(crate) fn watch(app: &App) -> Option<Watch> {
    let sensors = app.catalog.sensors.clone()?;
    Some(Watch::new(app.toolbox.store().clone(), sensors))
}

/// Makes the demonstration's readings, once, and looks at them: for what has no server that watches.
///
/// # Errors
/// What the records report.
pub(crate) async fn watched(
    store: &Store,
    sensors: &Arc<Sensors>,
    now: Timestamp,
) -> Result<(), tools::Error> {
    put_readings(store, sensors, now).await?;
    let watch = Watch::new(store.clone(), sensors.clone());
    watch.look(now).await?;
    Ok(())
}

/// Does what is due on orders and looks at new readings, every minute, until it is dropped.
pub async fn clock(app: &App) {
    let watch = watch(app);
    loop {
        if let Some(hotline) = &app.catalog.hotline {
            match hotline.tick(app.toolbox.store(), app.now()).await {
                Ok(0) => {}
                Ok(entries) => tracing::info!(entries, "orders: reminders and limits"),
                Err(error) => tracing::error!(%error, "orders: what is due could not be done"),
            }
        }
        if let Some(watch) = &watch {
            match watch.look(app.now()).await {
                Ok(alerts) => tell(&alerts),
                Err(error) => tracing::error!(%error, "sensors: readings could not be looked at"),
            }
        }
        tokio::time::sleep(MINUTE).await;
    }
}

/// Puts what was raised into the log.
pub(crate) fn tell(alerts: &[Alert]) {
    for alert in alerts {
        let level = alert.level.as_deref().unwrap_or("device");
        tracing::info!(
            alert = alert.id,
            level,
            open = alert.cleared.is_none(),
            "sensors: alert"
        );
    }
}
