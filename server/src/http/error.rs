//! The one place that knows status codes: code and message for the caller, the cause for the log.
//!
//! Every error of every route has the same shape, which is also that of OpenAI's API:
//! `{"error":{"code","message","type","param"}}`. Messages are for the person in front of the page.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::store::StoreError;
use crate::turn::{MOST_PASSAGES, TurnError, causes};

/// An error on its way to the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: String,
    /// The field of the request that is wrong.
    param: Option<String>,
    /// Seconds after which another attempt is welcome.
    retry_after: Option<u64>,
}

/// Body of every error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct ErrorBody {
    /// What went wrong.
    pub(super) error: ErrorDetail,
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct ErrorDetail {
    /// Stable name of the error.
    pub(super) code: String,
    /// For a person, in Chinese.
    pub(super) message: String,
    /// `invalid_request_error`, `authentication_error`, `permission_error`, `rate_limit_error` or `server_error`.
    pub r#type: String,
    /// The field of the request that is wrong.
    pub(super) param: Option<String>,
}

impl ApiError {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            param: None,
            retry_after: None,
        }
    }

    /// The request cannot be understood.
    pub(super) fn invalid(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// A field of the request is wrong.
    pub(super) fn field(param: &str, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            param: Some(param.to_owned()),
            ..Self::invalid(code, message)
        }
    }

    /// Nothing is there, or not for this caller: the two look the same.
    pub(super) fn not_found(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    /// The route has no such method.
    pub(super) fn method() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "该接口不支持这种请求方法。",
        )
    }

    /// The body is not JSON by its own account.
    pub(super) fn media_type() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "请求头 `Content-Type` 应为 `application/json`。",
        )
    }

    /// The body is no form by its own account.
    pub(super) fn no_form() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "请求头 `Content-Type` 应为 `application/x-www-form-urlencoded`。",
        )
    }

    /// The standard has it, and this server does not.
    pub(super) fn unsupported(param: Option<&str>, message: impl Into<String>) -> Self {
        Self {
            param: param.map(str::to_owned),
            ..Self::new(StatusCode::NOT_IMPLEMENTED, "not_supported", message)
        }
    }

    /// The body is none of those that the route reads.
    pub(super) fn media_type_not_of(expected: &str) -> Self {
        let message = format!("请求头 `Content-Type` 应为{expected}。");
        Self {
            message,
            ..Self::media_type()
        }
    }

    /// The body is too large.
    pub(super) fn too_large(limit: usize) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            format!("请求内容过大，最多{limit}字节。"),
        )
    }

    /// The token is not one of ours.
    pub(super) fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "invalid_token",
            "访问令牌无效或者已被撤销。",
        )
    }

    /// Not for this caller.
    pub(super) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", message)
    }

    /// The caller asked too often.
    pub(super) fn rate_limited(seconds: u64) -> Self {
        let message = format!("提问过于频繁，请{seconds}秒后再试。");
        Self {
            retry_after: Some(seconds),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", message)
        }
    }

    /// As many turns run as may run.
    pub(super) fn overloaded() -> Self {
        Self {
            retry_after: Some(2),
            ..Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "overloaded",
                "当前咨询人数较多，请稍后再试。",
            )
        }
    }

    /// The answer took too long.
    pub(super) fn timeout() -> Self {
        Self {
            retry_after: Some(5),
            ..Self::new(
                StatusCode::GATEWAY_TIMEOUT,
                "timeout",
                "处理超时，请稍后再试。",
            )
        }
    }

    /// Something that the service needs is not there.
    pub(super) fn unavailable(code: &'static str) -> Self {
        Self {
            retry_after: Some(10),
            ..Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                code,
                "服务暂时不可用，请稍后再试。",
            )
        }
    }

    /// A text that no database of ours takes.
    fn unstorable() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "invalid_text",
            "文字里有不能保存的空字符（U+0000），请去掉后再试。",
        )
    }

    /// A fault of the program; the cause is in the log.
    pub(super) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "服务出现故障，请稍后再试。",
        )
    }

    /// Stable name of the error.
    pub(super) fn code(&self) -> &'static str {
        self.code
    }

    /// For a person.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    /// The status by the rules of Open311 GeoReport: 404 for what is not there, 403 for a key that will not do, 400 for
    /// whatever else the caller can change.
    pub(super) fn georeport(&self) -> StatusCode {
        match self.status {
            StatusCode::UNAUTHORIZED => StatusCode::FORBIDDEN,
            StatusCode::NOT_FOUND | StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS => {
                self.status
            }
            status if status.is_client_error() => StatusCode::BAD_REQUEST,
            status => status,
        }
    }

    /// Body of the response.
    pub(super) fn body(&self) -> ErrorBody {
        let r#type = match self.status {
            StatusCode::UNAUTHORIZED => "authentication_error",
            StatusCode::FORBIDDEN => "permission_error",
            StatusCode::TOO_MANY_REQUESTS => "rate_limit_error",
            status if status.is_client_error() || status == StatusCode::NOT_IMPLEMENTED => {
                "invalid_request_error"
            }
            _ => "server_error",
        };
        let error = ErrorDetail {
            code: self.code.to_owned(),
            message: self.message.clone(),
            r#type: r#type.to_owned(),
            param: self.param.clone(),
        };
        ErrorBody { error }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body())).into_response();
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        // A face with documents of its own writes it again.
        response.extensions_mut().insert(self);
        response
    }
}

impl From<TurnError> for ApiError {
    fn from(error: TurnError) -> Self {
        match error {
            TurnError::Empty => Self::field("question", "empty_question", "请输入问题。"),
            TurnError::TooLong { characters, limit } => {
                let message =
                    format!("问题过长：共{characters}个字符，最多{limit}个。请精简后再问。");
                Self::field("question", "question_too_long", message)
            }
            TurnError::Edited(reason) => Self::field(
                "draft",
                "invalid_draft",
                format!("修改稿不能核对：{reason}。"),
            ),
            TurnError::Limit => Self::field(
                "limit",
                "invalid_limit",
                format!("`limit` 应为1至{MOST_PASSAGES}的整数。"),
            ),
            TurnError::UnknownAgent(name) => {
                Self::not_found("unknown_agent", format!("没有名为“{name}”的助手。"))
            }
            TurnError::UnknownCorpus(name) => Self {
                param: Some("corpora".into()),
                ..Self::not_found("unknown_corpus", format!("没有名为“{name}”的资料库。"))
            },
            TurnError::Forbidden { .. } => Self::new(
                StatusCode::FORBIDDEN,
                "forbidden",
                "该助手未向您的身份开放，请使用有相应权限的访问令牌。",
            ),
            TurnError::Store(error) => error.into(),
            TurnError::Agent(error) => error.into(),
            TurnError::Interrupted(reason) => {
                tracing::error!(reason, "a turn was interrupted");
                Self::internal()
            }
        }
    }
}

impl From<tools::Error> for ApiError {
    fn from(error: tools::Error) -> Self {
        use tools::{ApprovalReason, Error};
        let conflict = |code, message: &str| Self::new(StatusCode::CONFLICT, code, message);
        match error {
            Error::Forbidden { tool } => Self::new(
                StatusCode::FORBIDDEN,
                "forbidden",
                format!("没有向您的身份开放的工具“{tool}”。"),
            ),
            Error::Invalid { message, .. } => {
                Self::field("arguments", "invalid_arguments", message)
            }
            Error::Argument {
                argument, reason, ..
            } => Self::field(
                &argument,
                "invalid_argument",
                format!("参数 `{argument}` 不能使用：{reason}"),
            ),
            Error::Refused { message } => conflict("refused", &message),
            Error::KeyTaken { .. } => {
                conflict("key_taken", "这个编号已经用于另一项请求，请换用新的编号。")
            }
            Error::Approval(reason) => match reason {
                ApprovalReason::Unknown | ApprovalReason::Person => Self::not_found(
                    "unknown_proposal",
                    "没有这项待确认事项，可能已经处理或者不属于您。",
                ),
                ApprovalReason::Expired => {
                    conflict("expired", "确认已经过期，请重新查看后再确认。")
                }
                ApprovalReason::Used => conflict("used", "这项事项已经办理，不能重复确认。"),
                ApprovalReason::Declined => conflict("declined", "这项事项已经取消。"),
                ApprovalReason::Altered | ApprovalReason::Moved => {
                    conflict("moved", "情况已有变化，请重新查看后再确认。")
                }
            },
            Error::Late { .. } => Self {
                retry_after: Some(5),
                ..Self::new(
                    StatusCode::GATEWAY_TIMEOUT,
                    "unclear",
                    "没有及时收到结果，请用同一编号再查一次，不会重复办理。",
                )
            },
            Error::Store(tools::StoreError::Text(_)) => Self::unstorable(),
            Error::Data { .. } | Error::Failed { .. } | Error::Store(_) => {
                tracing::error!(error = causes(&error), "a tool failed");
                Self::unavailable("tools_unavailable")
            }
        }
    }
}

impl From<agents::Error> for ApiError {
    fn from(error: agents::Error) -> Self {
        match error {
            agents::Error::Question(message) => {
                Self::field("question", "invalid_question", message)
            }
            agents::Error::Forbidden { .. } => Self::new(
                StatusCode::FORBIDDEN,
                "forbidden",
                "该助手未向您的身份开放，请使用有相应权限的访问令牌。",
            ),
            agents::Error::Corpora(error) => error.into(),
            agents::Error::Data { .. } | agents::Error::Interrupted => {
                tracing::error!(error = causes(&error), "an agent failed");
                Self::internal()
            }
        }
    }
}

impl From<corpora::Error> for ApiError {
    fn from(error: corpora::Error) -> Self {
        if let corpora::Error::UnknownCorpus { corpus } = error {
            return TurnError::UnknownCorpus(corpus).into();
        }
        tracing::error!(error = causes(&error), "a corpus failed");
        Self::unavailable("corpora_unavailable")
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        if let StoreError::UnknownConversation(_) = error {
            return Self::not_found("unknown_conversation", "没有这段对话，可能已被删除。");
        }
        if let StoreError::Text(_) = error {
            return Self::unstorable();
        }
        tracing::error!(error = causes(&error), "the store failed");
        match error {
            StoreError::Full(_) => Self::unavailable("storage_full"),
            StoreError::Busy(_) => Self::unavailable("storage_busy"),
            _ => Self::unavailable("storage_unavailable"),
        }
    }
}
