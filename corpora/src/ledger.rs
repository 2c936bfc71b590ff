//! stub
use std::collections::BTreeMap; use serde::{Serialize,Deserialize}; use crate::source::*; use crate::chunk::*;
#[derive(Debug,Clone,Default,PartialEq,Serialize,Deserialize)] pub struct Ledger{pub characters:usize,pub in_passages:usize,pub dropped:BTreeMap<DropReason,usize>}
#[derive(Debug, thiserror::Error)] #[error("stub")] pub struct LedgerError;
impl Ledger{ pub fn of(_s:&Source,_c:&Chunked)->Result<Self,LedgerError>{Ok(Self::default())} }
impl std::ops::AddAssign<&Ledger> for Ledger { fn add_assign(&mut self,o:&Ledger){ self.characters+=o.characters; self.in_passages+=o.in_passages; for (k,v) in &o.dropped { *self.dropped.entry(*k).or_default()+=v; } } }
