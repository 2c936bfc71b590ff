//! The file of rules as it is written, and what is checked in it. Keys are described in `hotline.toml`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use toml::Spanned;

use super::{Limit, LimitUnit, Rules, SuspensionRules};
use crate::order::action::{Level, RequestKind};
use crate::order::error::Error;
use crate::order::file::at;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    version: Spanned<String>,
    centre: String,
    document: String,
    near_due: Spanned<Vec<f64>>,
    low_confidence: Spanned<f64>,
    dispatch: Term,
    sign: Term,
    designate: Term,
    deadline: Vec<Spanned<Deadline>>,
    #[serde(default)]
    statutory: Vec<Spanned<Statutory>>,
    extension: Spanned<Extension>,
    redo: Repeated,
    callback: Callback,
    suspension: Suspension,
    supervision: Spanned<Vec<Supervision>>,
    decline: Vec<Spanned<Decline>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Term {
    limit: Spanned<Limit>,
    clause: String,
    document: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Deadline {
    level: Level,
    kinds: Vec<RequestKind>,
    contact: Spanned<Limit>,
    handle: Spanned<Limit>,
    clause: String,
    document: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Statutory {
    category: String,
    contact: Option<Spanned<Limit>>,
    handle: Option<Spanned<Limit>>,
    document: String,
    clause: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Extension {
    times: u16,
    limit: Spanned<Limit>,
    levels: BTreeSet<Level>,
    clause: String,
    document: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Repeated {
    times: u16,
    limit: Spanned<Limit>,
    clause: String,
    document: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Callback {
    tries: Spanned<u16>,
    limit: Spanned<Limit>,
    clause: String,
    document: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Suspension {
    months: Spanned<u8>,
    remind_days: u8,
    reasons: Spanned<Vec<Named>>,
    clause: String,
    document: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    id: String,
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Supervision {
    level: u8,
    overdue: Spanned<Limit>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decline {
    id: String,
    name: String,
    channel: String,
    clause: String,
    document: Option<String>,
    #[serde(default)]
    words: Vec<String>,
}

/// A file being read, for messages.
pub(super) struct Reader<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
}

impl Reader<'_> {
    pub(super) fn rules(&self, raw: &File) -> Result<Rules, Error> {
        if raw.version.get_ref().trim().is_empty() {
            return Err(self.wrong(&raw.version, "version", "不能为空"));
        }
        let basis = |document: &Option<String>, clause: &str| {
            let document = document.as_deref().unwrap_or(&raw.document);
            format!("《{document}》{clause}")
        };
        let term = |key: &str, term: &Term| -> Result<super::Term, Error> {
            Ok(super::Term {
                limit: self.limit(key, &term.limit)?,
                basis: basis(&term.document, &term.clause),
            })
        };
        let repeated = |key: &str, limit, times, basis| -> Result<super::Repeated, Error> {
            let limit = self.limit(key, limit)?;
            Ok(super::Repeated {
                times,
                limit,
                basis,
            })
        };
        let (redo, callback, pause) = (&raw.redo, &raw.callback, &raw.suspension);
        if *callback.tries.get_ref() == 0 {
            return Err(self.wrong(&callback.tries, "callback.tries", "至少为1"));
        }
        let redo_basis = basis(&redo.document, &redo.clause);
        let callback_basis = basis(&callback.document, &callback.clause);
        Ok(Rules {
            version: raw.version.get_ref().clone(),
            centre: raw.centre.clone(),
            dispatch: term("dispatch.limit", &raw.dispatch)?,
            sign: term("sign.limit", &raw.sign)?,
            designate: term("designate.limit", &raw.designate)?,
            deadlines: self.deadlines(raw, basis)?,
            statutory: self.statutory(raw)?,
            extension: self.extension(&raw.extension, basis)?,
            redo: repeated("redo.limit", &redo.limit, redo.times, redo_basis)?,
            callback: repeated(
                "callback.limit",
                &callback.limit,
                *callback.tries.get_ref(),
                callback_basis,
            )?,
            suspension: self.suspension(pause, basis(&pause.document, &pause.clause))?,
            near_due: self.near_due(&raw.near_due)?,
            supervision: self.supervision(&raw.supervision)?,
            declines: self.declines(&raw.decline, basis)?,
            low_confidence: self.low_confidence(&raw.low_confidence)?,
        })
    }

    fn wrong<T>(&self, place: &Spanned<T>, key: &str, message: &str) -> Error {
        at(self.file, self.text, place.span(), key, message.to_owned())
    }

    fn limit(&self, key: &str, limit: &Spanned<Limit>) -> Result<Limit, Error> {
        match limit.get_ref().amount {
            1..=9999 => Ok(*limit.get_ref()),
            _ => Err(self.wrong(limit, key, "amount 应当在1至9999之间")),
        }
    }

    fn deadlines(
        &self,
        raw: &File,
        basis: impl Fn(&Option<String>, &str) -> String,
    ) -> Result<BTreeMap<(Level, RequestKind), super::Deadline>, Error> {
        let mut all = BTreeMap::new();
        for place in &raw.deadline {
            let row = place.get_ref();
            for kind in &row.kinds {
                let deadline = super::Deadline {
                    contact: self.limit("deadline.contact", &row.contact)?,
                    handle: self.limit("deadline.handle", &row.handle)?,
                    basis: basis(&row.document, &row.clause),
                };
                if all.insert((row.level, *kind), deadline).is_some() {
                    let (level, kind) = (row.level.name(), kind.name());
                    let message = format!("{level}、{kind}写了两次");
                    return Err(self.wrong(place, "deadline", &message));
                }
            }
        }
        for level in Level::ALL {
            for kind in RequestKind::ALL {
                if !all.contains_key(&(level, kind)) {
                    let (level, kind) = (level.name(), kind.name());
                    let message = format!("缺少{level}、{kind}的期限");
                    return Err(self.wrong(&raw.version, "deadline", &message));
                }
            }
        }
        Ok(all)
    }

    fn statutory(&self, raw: &File) -> Result<BTreeMap<String, super::Statutory>, Error> {
        let mut all = BTreeMap::new();
        for place in &raw.statutory {
            let row = place.get_ref();
            let limit = |key, limit: &Option<Spanned<Limit>>| {
                let limit = limit.as_ref();
                limit.map(|limit| self.limit(key, limit)).transpose()
            };
            let statutory = super::Statutory {
                contact: limit("statutory.contact", &row.contact)?,
                handle: limit("statutory.handle", &row.handle)?,
                basis: format!("《{}》{}", row.document, row.clause),
            };
            if statutory.contact.is_none() && statutory.handle.is_none() {
                return Err(self.wrong(place, "statutory", "至少写 contact 或者 handle"));
            }
            if all.insert(row.category.clone(), statutory).is_some() {
                let message = format!("`{}` 写了两次", row.category);
                return Err(self.wrong(place, "statutory.category", &message));
            }
        }
        Ok(all)
    }

    fn extension(
        &self,
        place: &Spanned<Extension>,
        basis: impl Fn(&Option<String>, &str) -> String,
    ) -> Result<super::Extension, Error> {
        let row = place.get_ref();
        let limit = self.limit("extension.limit", &row.limit)?;
        match limit.unit {
            LimitUnit::WorkingDays => {}
            LimitUnit::Minutes | LimitUnit::Hours | LimitUnit::WorkingHours => {
                let message = "延期以工作日计，unit 应当为 `working_days`";
                return Err(self.wrong(&row.limit, "extension.limit", message));
            }
        }
        Ok(super::Extension {
            times: row.times,
            days: limit.amount,
            levels: row.levels.clone(),
            basis: basis(&row.document, &row.clause),
        })
    }

    fn suspension(&self, row: &Suspension, basis: String) -> Result<SuspensionRules, Error> {
        let months = *row.months.get_ref();
        if !(1..=12).contains(&months) {
            let message = "应当在1至12之间";
            return Err(self.wrong(&row.months, "suspension.months", message));
        }
        let mut reasons = BTreeMap::new();
        for Named { id, name } in row.reasons.get_ref() {
            if reasons.insert(id.clone(), name.clone()).is_some() {
                let message = format!("`{id}` 写了两次");
                return Err(self.wrong(&row.reasons, "suspension.reasons", &message));
            }
        }
        Ok(SuspensionRules {
            months,
            remind_days: row.remind_days,
            reasons,
            basis,
        })
    }

    fn near_due(&self, place: &Spanned<Vec<f64>>) -> Result<Vec<u8>, Error> {
        let mut percents: Vec<u8> = Vec::new();
        for &share in place.get_ref() {
            let percent = (1..=99).find(|percent| {
                let exact = f64::from(*percent) / 100.0;
                (exact - share).abs() < 1e-9
            });
            match percent {
                Some(percent) if percents.last().is_none_or(|last| *last < percent) => {
                    percents.push(percent);
                }
                Some(_) | None => {
                    let message = "应当为由小到大、0.01至0.99之间的两位小数";
                    return Err(self.wrong(place, "near_due", message));
                }
            }
        }
        Ok(percents)
    }

    fn supervision(&self, place: &Spanned<Vec<Supervision>>) -> Result<[Limit; 3], Error> {
        let key = "supervision.overdue";
        match place.get_ref().as_slice() {
            [first, second, third] if [first.level, second.level, third.level] == [1, 2, 3] => {
                Ok([
                    self.limit(key, &first.overdue)?,
                    self.limit(key, &second.overdue)?,
                    self.limit(key, &third.overdue)?,
                ])
            }
            _ => {
                let message = "应当依次写明第1、2、3级";
                Err(self.wrong(place, "supervision.level", message))
            }
        }
    }

    fn declines(
        &self,
        rows: &[Spanned<Decline>],
        basis: impl Fn(&Option<String>, &str) -> String,
    ) -> Result<BTreeMap<String, super::Decline>, Error> {
        let mut all = BTreeMap::new();
        for place in rows {
            let row = place.get_ref();
            let decline = super::Decline {
                name: row.name.clone(),
                channel: row.channel.clone(),
                basis: basis(&row.document, &row.clause),
                words: row.words.clone(),
            };
            if all.insert(row.id.clone(), decline).is_some() {
                let message = format!("`{}` 写了两次", row.id);
                return Err(self.wrong(place, "decline.id", &message));
            }
        }
        Ok(all)
    }

    fn low_confidence(&self, place: &Spanned<f64>) -> Result<u16, Error> {
        let thousandths = (*place.get_ref() * 1000.0).round();
        let found = (0..=1000).find(|it| (f64::from(*it) - thousandths).abs() < 0.5);
        found.ok_or_else(|| self.wrong(place, "low_confidence", "应当在0至1之间"))
    }
}
