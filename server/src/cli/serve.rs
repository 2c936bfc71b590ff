//! `chengzhi serve`: the page and the APIs, until somebody asks to stop.

use std::fs::{File, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use tokio::net::TcpListener;

use super::context::Context;
use super::output::note;
use crate::app::App;
use crate::settings::Mqtt;
use crate::{Error, city, http, mqtt};

/// Serve the page and the APIs.
///
/// Prepares the demo city first, unless `data.demo` is false. Ctrl-C or SIGTERM ends it: running turns are finished,
/// for ten seconds at most.
#[derive(Debug, Default, Args)]
#[command(after_help = "\
Examples:
  chengzhi serve
  chengzhi serve --address 127.0.0.1:9000 --data ./data
  chengzhi token add front-desk --role officer && chengzhi serve --address 0.0.0.0:8787
  chengzhi model pull qwen3-0.6b && chengzhi serve --model qwen3-0.6b
  chengzhi serve --config config/production.example.toml")]
pub(super) struct Serve {
    /// IP address and port to listen on; port 0 takes a free one
    #[arg(long, value_name = "IP:PORT")]
    address: Option<SocketAddr>,
    /// Model for all tasks, in place of those in `[models]`; `chengzhi model list` shows the names
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
}

pub(super) async fn run(mut context: Context, command: &Serve) -> anyhow::Result<ExitCode> {
    if let Some(address) = command.address {
        context.settings.server.address = address;
    }
    if let Some(model) = &command.model {
        context.settings.models.small = vec![model.clone()];
        context.settings.models.large = vec![model.clone()];
    }
    let address = context.settings.server.address;
    let subscription = subscription(&context.settings.mqtt)?;
    std::fs::create_dir_all(&context.data).map_err(Error::io(&context.data))?;
    let mut lock = Lock::take(&context.data)?;
    // Taken before the work begins, so that a port in use is told at once.
    let listener = listen(address).await?;
    let here = listener.local_addr()?;
    let catalog = context.catalog();
    if context.settings.data.demo {
        context.demo(&catalog)?;
    }
    let app = App::open(context.settings, catalog).await?;
    // Whoever names a model means it; a settings file may name one that is not there yet.
    if let (Some(_), Some(problem)) = (&command.model, app.roles.problems.first()) {
        anyhow::bail!("{}", problem.message);
    }
    refuse_open_door(&app, here).await?;
    city::open(&app).await?;
    if subscription.is_some() && app.catalog.sensors.is_none() {
        anyhow::bail!(
            "`mqtt.url` is set, but this city has no sensors, or their files cannot be used\nhint: `chengzhi check` says why"
        );
    }
    let (clock_of, readings_of) = (app.clone(), app.clone());
    lock.tell(here);
    let mut asked = Signals::listen().context("signals cannot be listened to")?;
    let (stop, mut stopping) = tokio::sync::watch::channel(false);
    let shutdown = async move {
        let _ = stopping.wait_for(|stop| *stop).await;
    };
    let signals = async move {
        asked.next().await;
        note("stopping; running turns are finished, for ten seconds at most");
        let _ = stop.send(true);
        asked.next().await;
    };
    // The listener queues connections since it was bound, so the page is ready.
    {
        let mut stdout = std::io::stdout().lock();
        let _ = writeln!(stdout, "http://{here}").and_then(|()| stdout.flush());
    }
    tokio::select! {
        served = http::serve(listener, app, shutdown) => served.context("the server failed")?,
        () = city::clock(&clock_of) => {}
        () = readings(&readings_of, subscription.as_ref()) => {}
        // Asked twice: at once.
        () = signals => anyhow::bail!("stopped at once; running turns were cut off"),
    }
    Ok(ExitCode::SUCCESS)
}

fn subscription(settings: &Mqtt) -> anyhow::Result<Option<mqtt::Subscription>> {
    let environment = |name: &str| std::env::var(name).ok();
    mqtt::Subscription::of(settings, environment).map_err(anyhow::Error::msg)
}

/// Takes in what the broker sends, if there is one, until it is dropped.
async fn readings(app: &App, subscription: Option<&mqtt::Subscription>) {
    match subscription {
        Some(subscription) => match mqtt::run(app, subscription).await {},
        None => std::future::pending().await,
    }
}

async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        let hint = match error.kind() {
            ErrorKind::AddrInUse => "\nhint: another program uses this port; stop it, or choose another one with `--address 127.0.0.1:0`",
            ErrorKind::PermissionDenied => "\nhint: ports below 1024 need rights; choose another one with `--address 127.0.0.1:8787`",
            ErrorKind::AddrNotAvailable => "\nhint: this machine has no such address; `--address 127.0.0.1:8787` always works",
            _ => "",
        };
        anyhow::Error::new(error).context(format!("cannot listen on {address}{hint}"))
    })
}

/// Without a token everybody on the network would be let in, and nobody would have chosen that.
async fn refuse_open_door(app: &App, address: SocketAddr) -> anyhow::Result<()> {
    if address.ip().is_loopback() {
        return Ok(());
    }
    let tokens = app.store.token_list().await?;
    anyhow::ensure!(
        tokens.iter().any(|token| token.revoked.is_none()),
        "refusing to listen on {address}: other machines can reach it, and no token exists yet\nhint: `chengzhi token add NAME --role officer --data {}` makes one; `--address 127.0.0.1:8787` is for this machine only",
        app.data.display()
    );
    Ok(())
}

/// Ctrl-C, and SIGTERM where there is such a thing. They are listened to from the moment this is made.
struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    #[cfg(unix)]
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    #[cfg(unix)]
    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    #[cfg(not(unix))]
    fn listen() -> std::io::Result<Self> {
        Ok(Self {})
    }

    #[cfg(not(unix))]
    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            // Without signals there is nothing to wait for but the end of the process.
            std::future::pending::<()>().await;
        }
    }
}

/// One server for a data directory; held until the process ends, however it ends.
pub(super) struct Lock(File);

impl Lock {
    pub(super) fn take(data: &Path) -> Result<Self, Error> {
        let path = data.join("serve.lock");
        let mut file = File::options()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(Error::io(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => {
                let mut by = String::new();
                let _ = file.read_to_string(&mut by);
                Err(Error::Served {
                    path: data.to_owned(),
                    by: by.trim_end().to_owned(),
                })
            }
            Err(TryLockError::Error(error)) => Err(Error::io(path)(error)),
        }
    }

    /// Leaves word for those who find the directory locked. Failing to is harmless.
    fn tell(&mut self, address: SocketAddr) {
        let text = format!(" by process {} on http://{address}\n", std::process::id());
        let _ = self
            .0
            .set_len(0)
            .and_then(|()| self.0.rewind())
            .and_then(|()| self.0.write_all(text.as_bytes()));
    }
}
