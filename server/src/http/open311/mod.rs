//! Open311 GeoReport v2, with the updates of mySociety's extension: the northbound face of the hotline, for programs that
//! report for people and for everybody who wants to know how it stands.
//!
//! In the order of a request: [`form`] reads parameters; [`select`] says which orders are wanted, [`view`] shows them by
//! [`status`]; [`submit`] and [`update`] turn what was sent into a call of a tool, which [`confirm`] has proposed, confirmed
//! and carried out like any other; [`document`] writes the answer as XML or JSON. Reading needs no key and shows no person.
//! There is no way around the toolbox, and no other service than the hotline's catalogue.

mod confirm;
mod document;
mod form;
mod select;
mod service;
mod status;
mod submit;
mod update;
mod view;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{FromRequest, RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::{any, get};
use tools::order::Order;
use tools::{Error, Hotline, OrderFilter, Person, ToolEntry};

use super::Shared;
use super::edge;
use super::error::ApiError;
use super::extract::Path;
use crate::app::App;
use crate::catalog::{Catalog, Jurisdiction};
use crate::settings::Server;
use crate::turn::Caller;
use document::{Document, Format, Node};
use form::Form;
use select::{MOST, Span, Wanted, unknown_service};
use service::{Attribute, Service};
use submit::Report;
use update::{Said, unknown_request};

/// The tool that takes a request in.
const REPORT: &str = "hotline-open311";

/// The form of the hotline's orders, from which services have their attributes.
const ORDER_FORM: &str = "hotline-create";

/// What discovery calls the standard.
const SPECIFICATION: &str = "http://wiki.open311.org/GeoReport_v2";

/// What the face works with.
#[derive(Clone, Copy)]
struct Desk<'a> {
    city: &'a Jurisdiction,
    hotline: &'a Hotline,
    tools: &'a BTreeMap<String, ToolEntry>,
}

/// `/open311/v2`, if the settings want it and the city has it.
pub(super) fn routes(shared: &Arc<Shared>) -> Router<Arc<Shared>> {
    let app = &shared.app;
    if !app.settings.server.open311 || Desk::of(&app.catalog).is_none() {
        return Router::new();
    }
    Router::new()
        .route("/open311/v2/{file}", get(read).post(send))
        .route("/open311/v2/services/{file}", get(definition))
        .route("/open311/v2/requests/{file}", get(request))
        .route("/open311/v2/tokens/{file}", get(token))
        .route("/open311/{*rest}", any(unknown))
        .method_not_allowed_fallback(async || ApiError::method())
        .layer(from_fn_with_state(shared.clone(), edge::deadline))
        .layer(from_fn_with_state(shared.clone(), edge::rate))
        .layer(from_fn(errors))
}

impl<'a> Desk<'a> {
    fn of(catalog: &'a Catalog) -> Option<Self> {
        Some(Self {
            city: catalog.open311.as_deref()?,
            hotline: catalog.hotline.as_deref()?,
            tools: &catalog.tools,
        })
    }

    fn of_app(app: &'a App) -> Result<Self, ApiError> {
        Self::of(&app.catalog).ok_or_else(|| ApiError::unavailable("no_hotline"))
    }

    /// What a service asks for: fields of the order's form that the tool takes as well.
    fn attributes(&self, service: Service<'a>) -> Vec<Attribute<'a>> {
        let form = self.tools.get(ORDER_FORM);
        let Some(form) = form.and_then(|entry| entry.form.as_deref()) else {
            return Vec::new();
        };
        let schema = self.tools.get(REPORT).map(|entry| &entry.spec.schema);
        let properties = schema.and_then(|schema| schema.get("properties"));
        service.attributes(form, |name| {
            properties.is_some_and(|all| all.get(name).is_some())
        })
    }

    /// Whether it is this city that is asked; who names none means the one there is.
    fn is_meant(&self, forms: &[&Form]) -> Result<(), ApiError> {
        let mut named = forms.iter().filter_map(|form| form.get("jurisdiction_id"));
        match named.find(|name| *name != self.city.id) {
            Some(other) => Err(ApiError::not_found(
                "unknown_jurisdiction",
                format!("没有 `jurisdiction_id` 为“{other}”的城市。"),
            )),
            None => Ok(()),
        }
    }
}

/// `services.xml` as its name and the format; what has another ending is not there.
fn parted(file: &str) -> Result<(&str, Format), ApiError> {
    let parts = file.rsplit_once('.');
    let parts = parts.and_then(|(name, ending)| Some((name, Format::of_ending(ending)?)));
    parts.ok_or_else(not_there)
}

fn not_there() -> ApiError {
    ApiError::not_found("not_found", "没有这个接口，格式只有 xml 和 json。")
}

fn query(query: Option<&str>) -> Result<Form, ApiError> {
    Form::parse(query.unwrap_or_default().as_bytes())
}

async fn read(
    State(shared): State<Arc<Shared>>,
    Path(file): Path<String>,
    RawQuery(asked): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let (name, format) = parted(&file)?;
    let (app, form) = (&shared.app, query(asked.as_deref())?);
    let desk = Desk::of_app(app)?;
    desk.is_meant(&[&form])?;
    let document = match name {
        "discovery" => discovery(desk.city, &base(&headers, &app.settings.server)),
        "services" => service::services(desk.hotline),
        "requests" => {
            let is_service = |code: &str| Service::of(code, desk.hotline).is_some();
            let wanted = Wanted::of(&form, app.now(), is_service)?;
            view::requests(&orders(app, wanted).await?, desk.hotline)
        }
        "servicerequestupdates" => view::request_updates(&updates(app, &form).await?),
        _ => return Err(not_there()),
    };
    Ok(document.response(format))
}

async fn definition(
    State(shared): State<Arc<Shared>>,
    Path(file): Path<String>,
    RawQuery(asked): RawQuery,
) -> Result<Response, ApiError> {
    let (code, format) = parted(&file)?;
    let desk = Desk::of_app(&shared.app)?;
    desk.is_meant(&[&query(asked.as_deref())?])?;
    let service = Service::of(code, desk.hotline).ok_or_else(|| unknown_service(code))?;
    let document = service::definition(service, &desk.attributes(service));
    Ok(document.response(format))
}

async fn request(
    State(shared): State<Arc<Shared>>,
    Path(file): Path<String>,
    RawQuery(asked): RawQuery,
) -> Result<Response, ApiError> {
    let (id, format) = parted(&file)?;
    let desk = Desk::of_app(&shared.app)?;
    desk.is_meant(&[&query(asked.as_deref())?])?;
    let orders = orders(&shared.app, Wanted::Numbers(vec![id.to_owned()])).await?;
    Ok(view::requests(&orders, desk.hotline).response(format))
}

async fn token(
    State(shared): State<Arc<Shared>>,
    Path(file): Path<String>,
    RawQuery(asked): RawQuery,
) -> Result<Response, ApiError> {
    let (token, format) = parted(&file)?;
    let app = &shared.app;
    Desk::of_app(app)?.is_meant(&[&query(asked.as_deref())?])?;
    let made = app.toolbox.store().order_of_key(&confirm::key(token)).await;
    let order = made.map_err(Error::from)?.ok_or_else(|| {
        ApiError::not_found(
            "unknown_token",
            "没有这个 `token` 对应的工单，可能还在登记。",
        )
    })?;
    Ok(submit::token(token, &order).response(format))
}

async fn send(
    State(shared): State<Arc<Shared>>,
    Path(file): Path<String>,
    RawQuery(asked): RawQuery,
    Sent(form): Sent,
) -> Result<Response, ApiError> {
    let (name, format) = parted(&file)?;
    let (app, query) = (&shared.app, query(asked.as_deref())?);
    let desk = Desk::of_app(app)?;
    desk.is_meant(&[&query, &form])?;
    let document = match name {
        "requests" => {
            let (caller, person) = bearer(app, &form).await?;
            let report = Report::read(&form, desk)?;
            report.take(app, desk, &caller, person).await?
        }
        "servicerequestupdates" => {
            let (caller, person) = bearer(app, &form).await?;
            let said = Said::read(&form)?;
            said.carry_out(app, desk, &caller, person).await?
        }
        "discovery" | "services" => return Err(ApiError::method()),
        _ => return Err(not_there()),
    };
    Ok(document.response(format))
}

async fn unknown() -> ApiError {
    not_there()
}

/// Who sends: `api_key` is a token like any other.
async fn bearer(app: &App, form: &Form) -> Result<(Caller, Person), ApiError> {
    let key = form
        .get("api_key")
        .ok_or_else(|| ApiError::forbidden("缺少 `api_key`，请向本市申请。"))?;
    let wrong = || ApiError::forbidden("`api_key` 无效或者已被撤销。");
    let caller = app.store.bearer(key).await?.ok_or_else(wrong)?;
    let person = caller.person(None).ok_or_else(wrong)?;
    Ok((caller, person))
}

/// Orders that are wanted, the latest first; 404 where numbers were named and none is there.
async fn orders(app: &App, wanted: Wanted) -> Result<Vec<Order>, ApiError> {
    let numbers = match wanted {
        Wanted::Numbers(numbers) => {
            let found = read_orders(app, &numbers).await?;
            if found.is_empty() {
                return Err(unknown_request(&numbers.join("、")));
            }
            return Ok(found);
        }
        Wanted::Span {
            span,
            services,
            states,
        } => {
            let filter = OrderFilter {
                states,
                categories: services,
                opened: Some((span.from, span.to)),
                limit: u32::try_from(MOST).unwrap_or(u32::MAX),
                ..OrderFilter::default()
            };
            listed(app, &filter).await?
        }
    };
    read_orders(app, &numbers).await
}

/// What happened to orders in a span of time, or to those that are named; the oldest first, so that a program can go on
/// where a full list ends.
async fn updates(app: &App, form: &Form) -> Result<Vec<(String, status::Update)>, ApiError> {
    let named = select::numbers(form)?;
    let (numbers, span) = if named.is_empty() {
        let span = Span::of(form, app.now())?;
        let filter = OrderFilter {
            opened: Some((jiff::Timestamp::MIN, span.to)),
            changed_since: Some(span.from),
            ..OrderFilter::default()
        };
        (listed(app, &filter).await?, Some(span))
    } else {
        (named, None)
    };
    let mut told = Vec::new();
    for order in read_orders(app, &numbers).await? {
        let all = status::updates(&order).into_iter();
        let within = all.filter(|update| span.is_none_or(|span| span.contains(update.at)));
        told.extend(within.map(|update| (order.id.clone(), update)));
    }
    told.sort_by(|(one, first), (other, second)| {
        (first.at, one, first.sequence).cmp(&(second.at, other, second.sequence))
    });
    told.truncate(MOST);
    Ok(told)
}

async fn listed(app: &App, filter: &OrderFilter) -> Result<Vec<String>, ApiError> {
    let rows = app.toolbox.store().orders(filter).await;
    let rows = rows.map_err(Error::from)?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

async fn read_orders(app: &App, numbers: &[String]) -> Result<Vec<Order>, ApiError> {
    let mut orders = Vec::new();
    for number in numbers {
        let order = app.toolbox.store().order(number).await;
        orders.extend(order.map_err(Error::from)?);
    }
    Ok(orders)
}

fn discovery(city: &Jurisdiction, base: &str) -> Document {
    let formats = ["text/xml", "application/json"].map(Node::text);
    let endpoint = Node::Record(vec![
        ("specification", Node::text(SPECIFICATION)),
        ("url", Node::text(format!("{base}/open311/v2"))),
        ("changeset", view::moment(city.changeset)),
        ("type", Node::text("production")),
        ("formats", Node::List("format", formats.into())),
    ]);
    Document {
        root: "discovery",
        body: Node::Record(vec![
            ("changeset", view::moment(city.changeset)),
            ("contact", Node::text(&city.contact)),
            ("key_service", Node::text(&city.key_service)),
            ("endpoints", Node::List("endpoint", vec![endpoint])),
        ]),
    }
}

/// Where the caller found this server; nobody else is told.
fn base(headers: &HeaderMap, settings: &Server) -> String {
    let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let scheme = match said("x-forwarded-proto") {
        Some("https") => "https",
        Some(_) | None => "http",
    };
    let host = said(header::HOST.as_str()).map(str::to_owned);
    let host = host.unwrap_or_else(|| settings.address.to_string());
    format!("{scheme}://{host}")
}

/// Parameters in the body.
struct Sent(Form);

impl FromRequest<Arc<Shared>> for Sent {
    type Rejection = ApiError;

    async fn from_request(request: Request, shared: &Arc<Shared>) -> Result<Self, ApiError> {
        let kind = request.headers().get(header::CONTENT_TYPE);
        let kind = kind.and_then(|value| value.to_str().ok());
        let kind = kind.and_then(|value| value.split(';').next());
        if !kind.is_some_and(|kind| {
            kind.trim()
                .eq_ignore_ascii_case("application/x-www-form-urlencoded")
        }) {
            return Err(ApiError::no_form());
        }
        let bytes =
            Bytes::from_request(request, shared)
                .await
                .map_err(|rejection| match rejection.status() {
                    StatusCode::PAYLOAD_TOO_LARGE => {
                        ApiError::too_large(shared.app.settings.server.body_limit)
                    }
                    _ => ApiError::invalid("incomplete_body", "请求内容不完整。"),
                })?;
        Form::parse(&bytes).map(Self)
    }
}

/// Writes errors, also those of the edge, as the standard wants them and in the format that was asked for.
async fn errors(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let asked = path.rsplit_once('.').map(|(_, ending)| ending);
    let format = asked.and_then(Format::of_ending).unwrap_or(Format::Xml);
    let response = next.run(request).await;
    let Some(error) = response.extensions().get::<ApiError>() else {
        return response;
    };
    let status = error.georeport();
    let document = Document {
        root: "errors",
        body: Node::List(
            "error",
            vec![Node::Record(vec![
                ("code", Node::Integer(usize::from(status.as_u16()))),
                ("description", Node::text(error.message())),
            ])],
        ),
    };
    let mut written = document.response(format);
    *written.status_mut() = status;
    let wait: Option<HeaderValue> = response.headers().get(header::RETRY_AFTER).cloned();
    if let Some(wait) = wait {
        written.headers_mut().insert(header::RETRY_AFTER, wait);
    }
    written
}
