//! Tokens: who may ask as an officer or a developer. Only their SHA-256 is stored.

use agents::Role;
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Store, StoreError};
use crate::clock::now;

/// A token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Token {
    /// Its name.
    pub name: String,
    /// What its bearer is.
    pub role: Role,
    /// When it was made.
    pub created: String,
    /// When it was revoked.
    pub revoked: Option<String>,
}

impl Store {
    /// Makes a token named `name`. The returned secret is shown once and cannot be had again.
    ///
    /// # Errors
    /// [`StoreError::TokenName`], [`StoreError::TokenExists`].
    pub async fn token_add(&self, name: &str, role: Role) -> Result<String, StoreError> {
        let plain = |character: char| character.is_alphanumeric() || "-_.".contains(character);
        if name.is_empty() || name.chars().count() > 64 || !name.chars().all(plain) {
            return Err(StoreError::TokenName(name.to_owned()));
        }
        // Two random UUIDs: 244 bits from the system's generator.
        let secret = format!("cz_{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let mut transaction = self.write().await?;
        let insert = "insert into token (name, hash, role, created) values (?, ?, ?, ?) on conflict do nothing";
        let done = sqlx::query(insert)
            .bind(name)
            .bind(hash(&secret))
            .bind(role.name())
            .bind(now())
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
        let select = "select name, role, created, revoked from token order by rowid";
        let rows: Vec<(String, String, String, Option<String>)> =
            sqlx::query_as(select).fetch_all(&self.readers).await?;
        rows.into_iter()
            .map(|(name, role, created, revoked)| {
                Ok(Token {
                    name,
                    role: role_named(&role)?,
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
        let update = "update token set revoked = ? where name = ? and revoked is null";
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

    /// Name and role of the bearer of `token`; none for an unknown or revoked one.
    ///
    /// # Errors
    /// What the database reports.
    pub async fn role_of(&self, token: &str) -> Result<Option<(String, Role)>, StoreError> {
        // Looked up by hash: how long it takes tells nothing about the secret.
        let select = "select name, role from token where hash = ? and revoked is null";
        let row: Option<(String, String)> = sqlx::query_as(select)
            .bind(hash(token))
            .fetch_optional(&self.readers)
            .await?;
        row.map(|(name, role)| Ok((name, role_named(&role)?)))
            .transpose()
    }
}

fn hash(token: &str) -> String {
    Sha256::digest(token.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn role_named(name: &str) -> Result<Role, StoreError> {
    let known = [Role::Citizen, Role::Officer, Role::Developer];
    known
        .into_iter()
        .find(|role| role.name() == name)
        .ok_or_else(|| StoreError::Row(format!("unknown role `{name}`")))
}
