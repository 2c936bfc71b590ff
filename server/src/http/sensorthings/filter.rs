//! `$filter`: comparisons of properties with values, joined by `and`, `or` and `not`. Functions and arithmetic are not there.
//!
//! It reads a condition and says whether it holds. How the store is asked for it is decided by [`super::observation`].

use std::cmp::Ordering;

use jiff::Timestamp;
use tools::Relation;

use super::model::{Kind, Property, Type};
use super::wrong::Wrong;

/// A condition.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    All(Vec<Expression>),
    Any(Vec<Expression>),
    Not(Box<Expression>),
    Is(Property, Relation, Literal),
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Literal {
    Text(String),
    Number(f64),
    Time(Timestamp),
}

/// How deep conditions may stand in each other.
const DEEPEST: usize = 50;

/// The longest condition, in characters.
const LONGEST: usize = 4000;

impl Expression {
    /// Reads a condition on entities of `kind`.
    pub(super) fn parse(kind: Kind, text: &str) -> Result<Self, Wrong> {
        if text.chars().count() > LONGEST {
            let message = format!("条件过长，最多{LONGEST}个字符");
            return Err(Wrong::at(LONGEST + 1, message));
        }
        let tokens = tokens(text)?;
        let end = text.chars().count() + 1;
        let mut parser = Parser {
            kind,
            tokens: &tokens,
            next: 0,
            end,
        };
        let expression = parser.any(0)?;
        match parser.peek() {
            None => Ok(expression),
            Some(token) => Err(Wrong::at(token.at, format!("不应有 `{}`", token.shown()))),
        }
    }

    /// Whether it holds where properties have these values; one without a value differs from every value.
    pub(super) fn holds(&self, value: &impl Fn(&Property) -> Option<Literal>) -> bool {
        match self {
            Self::All(terms) => terms.iter().all(|term| term.holds(value)),
            Self::Any(terms) => terms.iter().any(|term| term.holds(value)),
            Self::Not(term) => !term.holds(value),
            Self::Is(property, relation, literal) => {
                let order = value(property).and_then(|own| own.compared(literal));
                match order {
                    Some(order) => related(order, *relation),
                    None => *relation == Relation::NotEqual,
                }
            }
        }
    }
}

impl Literal {
    /// How it compares with another of its type.
    pub(super) fn compared(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Text(one), Self::Text(other)) => Some(one.cmp(other)),
            (Self::Number(one), Self::Number(other)) => one.partial_cmp(other),
            (Self::Time(one), Self::Time(other)) => Some(one.cmp(other)),
            (Self::Text(_) | Self::Number(_) | Self::Time(_), _) => None,
        }
    }

    fn is(&self, r#type: Type) -> bool {
        match self {
            Self::Text(_) => r#type == Type::Text,
            Self::Number(_) => r#type == Type::Number,
            Self::Time(_) => r#type == Type::Time,
        }
    }
}

/// Whether a comparison with this outcome fulfils the relation.
pub(super) fn related(order: Ordering, relation: Relation) -> bool {
    match relation {
        Relation::Equal => order.is_eq(),
        Relation::NotEqual => order.is_ne(),
        Relation::Greater => order.is_gt(),
        Relation::GreaterOrEqual => order.is_ge(),
        Relation::Less => order.is_lt(),
        Relation::LessOrEqual => order.is_le(),
    }
}

/// A word, a value or a bracket, and the character with which it begins, from 1.
#[derive(Debug, Clone, PartialEq)]
struct Token {
    at: usize,
    what: What,
}

#[derive(Debug, Clone, PartialEq)]
enum What {
    Open,
    Close,
    Word(String),
    Value(Literal),
}

impl Token {
    fn shown(&self) -> String {
        match &self.what {
            What::Open => "(".to_owned(),
            What::Close => ")".to_owned(),
            What::Word(word) => word.clone(),
            What::Value(Literal::Text(text)) => format!("'{text}'"),
            What::Value(Literal::Number(number)) => number.to_string(),
            What::Value(Literal::Time(time)) => time.to_string(),
        }
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(&self.what, What::Word(own) if own == word)
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, Wrong> {
    let characters: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut next = 0;
    while let Some(&first) = characters.get(next) {
        let at = next + 1;
        let (what, length) = match first {
            ' ' | '\t' => {
                next += 1;
                continue;
            }
            '(' => (What::Open, 1),
            ')' => (What::Close, 1),
            '\'' => quoted(&characters[next..], at)?,
            first if first.is_ascii_digit() || matches!(first, '-' | '+' | '.') => {
                value(&run(&characters[next..], "-+.:"), at)?
            }
            first if first.is_alphabetic() || matches!(first, '@' | '_' | '$') => {
                let word = run(&characters[next..], "@._/$");
                let length = word.chars().count();
                (What::Word(word), length)
            }
            ',' => return Err(Wrong::unsupported(at, "不支持函数")),
            other => return Err(Wrong::at(at, format!("不应有字符 `{other}`"))),
        };
        tokens.push(Token { at, what });
        next += length;
    }
    Ok(tokens)
}

/// Letters, figures and some others, as many as follow each other.
fn run(characters: &[char], others: &str) -> String {
    let run = characters.iter();
    run.take_while(|next| next.is_alphanumeric() || others.contains(**next))
        .collect()
}

/// A text in quotation marks, which are doubled within.
fn quoted(characters: &[char], at: usize) -> Result<(What, usize), Wrong> {
    let mut text = String::new();
    let mut next = 1;
    loop {
        match (characters.get(next), characters.get(next + 1)) {
            (Some('\''), Some('\'')) => {
                text.push('\'');
                next += 2;
            }
            (Some('\''), _) => return Ok((What::Value(Literal::Text(text)), next + 1)),
            (Some(other), _) => {
                text.push(*other);
                next += 1;
            }
            (None, _) => return Err(Wrong::at(at, "引号没有结束")),
        }
    }
}

/// A number or a moment.
fn value(written: &str, at: usize) -> Result<(What, usize), Wrong> {
    let length = written.chars().count();
    let looks_like_time = written.contains(':') || written.matches('-').count() > 1;
    let literal = if looks_like_time {
        let time = written.parse().map(Literal::Time);
        time.map_err(|_| {
            let hint = "时间应写成 `2026-11-20T08:00:00Z`；地址中的 `+08:00` 应写成 `%2B08:00`";
            Wrong::at(at, format!("`{written}` 不是时间，{hint}"))
        })?
    } else {
        let number = written.parse::<f64>().ok();
        let number = number.filter(|number| number.is_finite());
        let number = number.map(Literal::Number);
        number.ok_or_else(|| Wrong::at(at, format!("`{written}` 不是数字")))?
    };
    Ok((What::Value(literal), length))
}

struct Parser<'a> {
    kind: Kind,
    tokens: &'a [Token],
    next: usize,
    /// Where the text ends.
    end: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.next)
    }

    fn take(&mut self, expected: &str) -> Result<&'a Token, Wrong> {
        let token = self.peek();
        self.next += 1;
        token.ok_or_else(|| Wrong::at(self.end, format!("缺少{expected}")))
    }

    fn takes(&mut self, word: &str) -> bool {
        let there = self.peek().is_some_and(|token| token.is_word(word));
        self.next += usize::from(there);
        there
    }

    fn any(&mut self, depth: usize) -> Result<Expression, Wrong> {
        let mut terms = vec![self.all(depth)?];
        while self.takes("or") {
            terms.push(self.all(depth)?);
        }
        Ok(single(terms, Expression::Any))
    }

    fn all(&mut self, depth: usize) -> Result<Expression, Wrong> {
        let mut terms = vec![self.term(depth)?];
        while self.takes("and") {
            terms.push(self.term(depth)?);
        }
        Ok(single(terms, Expression::All))
    }

    fn term(&mut self, depth: usize) -> Result<Expression, Wrong> {
        let at = self.peek().map_or(self.end, |token| token.at);
        if depth > DEEPEST {
            return Err(Wrong::at(at, format!("条件嵌套过深，最多{DEEPEST}层")));
        }
        if self.takes("not") {
            return Ok(Expression::Not(Box::new(self.term(depth + 1)?)));
        }
        if self.peek().is_some_and(|token| token.what == What::Open) {
            self.next += 1;
            let inner = self.any(depth + 1)?;
            let close = self.take(" `)`")?;
            return match close.what {
                What::Close => Ok(inner),
                What::Open | What::Word(_) | What::Value(_) => Err(Wrong::at(
                    close.at,
                    format!("应为 `)`，不应有 `{}`", close.shown()),
                )),
            };
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Result<Expression, Wrong> {
        let left = self.operand()?;
        let sign = self.take("比较符")?;
        let relation = relation(sign)?;
        let right = self.operand()?;
        let (property, relation, literal, at) = match (left, right) {
            (Operand::Property(property), Operand::Literal(literal, at)) => {
                (property, relation, literal, at)
            }
            (Operand::Literal(literal, at), Operand::Property(property)) => {
                (property, mirrored(relation), literal, at)
            }
            (Operand::Property(_), Operand::Property(_)) => {
                return Err(Wrong::unsupported(sign.at, "不支持两个属性相互比较"));
            }
            (Operand::Literal(..), Operand::Literal(..)) => {
                return Err(Wrong::at(sign.at, "比较的一边应为属性"));
            }
        };
        if !literal.is(property.r#type) {
            let expected = match property.r#type {
                Type::Text => "带单引号的文字",
                Type::Number => "数字",
                Type::Time => "时间",
            };
            let message = format!("`{}` 应与{expected}比较", property.path);
            return Err(Wrong::at(at, message));
        }
        let ordered = !matches!(relation, Relation::Equal | Relation::NotEqual);
        if ordered && self.kind == Kind::Observation && property.path == "id" {
            return Err(Wrong::unsupported(sign.at, "`id` 只能用 eq 和 ne 比较"));
        }
        Ok(Expression::Is(property, relation, literal))
    }

    fn operand(&mut self) -> Result<Operand, Wrong> {
        let token = self.take("属性或者值")?;
        match &token.what {
            What::Value(literal) => Ok(Operand::Literal(literal.clone(), token.at)),
            What::Word(word) => {
                if self.peek().is_some_and(|next| next.what == What::Open) {
                    let message = format!("不支持函数 `{word}`");
                    return Err(Wrong::unsupported(token.at, message));
                }
                if matches!(word.as_str(), "null" | "true" | "false") {
                    return Err(Wrong::unsupported(token.at, format!("不支持 `{word}`")));
                }
                let property = self.kind.property(word, token.at)?;
                Ok(Operand::Property(property))
            }
            What::Open | What::Close => Err(Wrong::at(
                token.at,
                format!("应为属性或者值，不应有 `{}`", token.shown()),
            )),
        }
    }
}

enum Operand {
    Property(Property),
    Literal(Literal, usize),
}

fn single(mut terms: Vec<Expression>, several: fn(Vec<Expression>) -> Expression) -> Expression {
    match terms.len() {
        1 => terms.remove(0),
        _ => several(terms),
    }
}

fn relation(sign: &Token) -> Result<Relation, Wrong> {
    let What::Word(word) = &sign.what else {
        let message = format!("应为比较符，不应有 `{}`", sign.shown());
        return Err(Wrong::at(sign.at, message));
    };
    match word.as_str() {
        "eq" => Ok(Relation::Equal),
        "ne" => Ok(Relation::NotEqual),
        "gt" => Ok(Relation::Greater),
        "ge" => Ok(Relation::GreaterOrEqual),
        "lt" => Ok(Relation::Less),
        "le" => Ok(Relation::LessOrEqual),
        "add" | "sub" | "mul" | "div" | "mod" | "in" | "has" => {
            Err(Wrong::unsupported(sign.at, format!("不支持运算 `{word}`")))
        }
        other => Err(Wrong::at(
            sign.at,
            format!("`{other}` 不是比较符，应为 eq、ne、gt、ge、lt、le"),
        )),
    }
}

/// The same comparison from the other side.
fn mirrored(relation: Relation) -> Relation {
    match relation {
        Relation::Equal | Relation::NotEqual => relation,
        Relation::Greater => Relation::Less,
        Relation::GreaterOrEqual => Relation::LessOrEqual,
        Relation::Less => Relation::Greater,
        Relation::LessOrEqual => Relation::GreaterOrEqual,
    }
}

#[cfg(test)]
mod tests;
