//! Tokens: who may ask as an officer or a developer, and which devices may report. Only their SHA-256 is stored.

use agents::Role;
use serde::Serialize;
use uuid::Uuid;

use super::{Store, StoreError};
use crate::clock::now;
use crate::turn::Caller;

/// A token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Token {
    /// Its name.
    pub name: String,
    /// What its bearer is.
    pub role: Role,
    /// The department that a civil servant works for.
    pub unit: Option<String>,
    /// The resident that a citizen is.
    pub resident: Option<String>,
    /// When it was made.
    pub created: String,
    /// When it was revoked.
    pub revoked: Option<String>,
}

/// Name, role, unit, resident, when made, when revoked.
type Row = (
    String,
    String,
    Option<String>,
    Option<String>,
    String,
    Option<String>,
);

impl Store {
    /// Makes a token named `name`. The returned secret is shown once and cannot be had again.
    ///
    /// # Errors
    /// [`StoreError::TokenName`], [`StoreError::TokenExists`].
    pub async fn token_add(&self, name: &str, role: Role) -> Result<String, StoreError> {
        let caller = Caller {
            role,
            name: Some(name.to_owned()),
            unit: None,
            resident: None,
        };
        self.token_for(name, &caller).await
    }

    /// As [`Store::token_add`], for somebody of a department, or for a resident.
    ///
    /// # Errors
    /// As [`Store::token_add`].
    pub async fn token_for(&self, name: &str, caller: &Caller) -> Result<String, StoreError> {
        let plain = |character: char| character.is_alphanumeric() || "-_.".contains(character);
        if name.is_empty() || name.chars().count() > 64 || !name.chars().all(plain) {
            return Err(StoreError::TokenName(name.to_owned()));
        }
        // Two random UUIDs: 244 bits from the system's generator.
        let secret = format!("cz_{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let mut transaction = self.write().await?;
        let insert = "insert into token (name, hash, role, created, unit, resident) values ($1, $2, $3, $4, $5, $6) on conflict do nothing";
        let done = sqlx::query(insert)
            .bind(name)
            .bind(hash(&secret))
            .bind(caller.role.name())
            .bind(now())
            .bind(&caller.unit)
            .bind(&caller.resident)
            .execute(&mut *transaction)
            .await?;
        if done.rows_affected() == 0 {
            return Err(StoreError::TokenExists(name.to_owned()));
        }
        transaction.commit().await?;
        Ok(secret)
    }

    /// All tokens, also revoked ones, in the order of their making.
    ///
    /// # Errors
    /// What the database reports.
    pub async fn token_list(&self) -> Result<Vec<Token>, StoreError> {
        let select =
            "select name, role, unit, resident, created, revoked from token order by rowid";
        let rows: Vec<Row> = sqlx::query_as(select).fetch_all(self.readers()).await?;
        rows.into_iter()
            .map(|(name, role, unit, resident, created, revoked)| {
                Ok(Token {
                    name,
                    role: role_named(&role)?,
                    unit,
                    resident,
                    created,
                    revoked,
                })
            })
            .collect()
    }

    /// Revokes the token named `name`. Its conversations stay, readable by nobody.
    ///
    /// # Errors
    /// [`StoreError::UnknownToken`].
    pub async fn token_revoke(&self, name: &str) -> Result<(), StoreError> {
        let mut transaction = self.write().await?;
        let update = "update token set revoked = $1 where name = $2 and revoked is null";
        let done = sqlx::query(update)
            .bind(now())
            .bind(name)
            .execute(&mut *transaction)
            .await?;
        if done.rows_affected() == 0 {
            return Err(StoreError::UnknownToken(name.to_owned()));
        }
        transaction.commit().await?;
        Ok(())
    }

    /// The bearer of `token`; none for an unknown or revoked one.
    ///
    /// # Errors
    /// What the database reports.
    pub async fn bearer(&self, token: &str) -> Result<Option<Caller>, StoreError> {
        // Looked up by hash: how long it takes tells nothing about the secret.
        let select =
            "select name, role, unit, resident from token where hash = $1 and revoked is null";
        let row: Option<(String, String, Option<String>, Option<String>)> = sqlx::query_as(select)
            .bind(hash(token))
            .fetch_optional(self.readers())
            .await?;
        let caller = row.map(|(name, role, unit, resident)| {
            Ok(Caller {
                role: role_named(&role)?,
                name: Some(name),
                unit,
                resident,
            })
        });
        caller.transpose()
    }
}

fn hash(token: &str) -> String {
    tools::digest::of_text(token)
}

fn role_named(name: &str) -> Result<Role, StoreError> {
    let known = [Role::Citizen, Role::Officer, Role::Developer, Role::Device];
    known
        .into_iter()
        .find(|role| role.name() == name)
        .ok_or_else(|| StoreError::Row(format!("unknown role `{name}`")))
}
