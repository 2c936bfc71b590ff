//! 银行卡号.

use super::{Invalid, figures};
use crate::form::fold::compact;

/// Sixteen to nineteen figures whose check digit is right (ISO/IEC 7812-1, Luhn). The issuer is not looked up.
///
/// # Errors
/// What is wrong, for the person.
pub fn bank(text: &str) -> Result<String, Invalid> {
    let number = compact(text);
    let Some(digits) = figures(&number) else {
        return Err(Invalid::new("银行卡号只含数字，请核对"));
    };
    if !(16..=19).contains(&digits.len()) {
        return Err(Invalid::new(format!(
            "银行卡号应为16至19位，这里有{}位，请核对后重新填写",
            digits.len()
        )));
    }
    let constant = digits.iter().all(|next| *next == digits[0]);
    if constant || !luhn(&digits) {
        return Err(Invalid::new("银行卡号校验不符，请逐位核对"));
    }
    Ok(number)
}

/// Whether the check digit of a card's figures is right (ISO/IEC 7812-1, Luhn).
pub fn luhn(digits: &[u32]) -> bool {
    let counted = digits.iter().rev().enumerate();
    let sum: u32 = counted.map(|(at, next)| counted_at(at, *next)).sum();
    sum.is_multiple_of(10)
}

/// Every second figure from the right counts double, with its figures added.
fn counted_at(at: usize, figure: u32) -> u32 {
    match (at % 2, figure * 2) {
        (0, _) => figure,
        (_, double) if double > 9 => double - 9,
        (_, double) => double,
    }
}
