//! What is shown of a value to those who need not see all of it.

use serde_json::Value as Json;

use super::field::{Field, Kind, Sensitivity};

/// The value as others may see it: `138****1234`, 张*, 石桥路***. Of what is sensitive only the end of a number stays.
pub(super) fn masked(field: &Field, value: &Json) -> String {
    let shown = field.shown(value);
    match field.sensitivity {
        Sensitivity::Public => shown,
        Sensitivity::Personal => personal(field.kind, &shown),
        Sensitivity::Sensitive => sensitive(field.kind, &shown),
    }
}

fn personal(kind: Kind, shown: &str) -> String {
    match kind {
        Kind::Name => stars(shown, if shown.chars().count() > 3 { 2 } else { 1 }, 0),
        Kind::Identity | Kind::Bank => stars(shown, 4, 4),
        Kind::Mobile | Kind::Phone => stars(shown, 3, 4),
        Kind::Plate => stars(shown, 2, 0),
        Kind::Mail => {
            let (name, host) = shown.split_once('@').unwrap_or((shown, ""));
            format!("{}***@{host}", name.chars().take(1).collect::<String>())
        }
        Kind::Address => format!("{}***", street(shown)),
        Kind::Date => format!("{}年", shown.chars().take(4).collect::<String>()),
        Kind::CreditCode
        | Kind::Amount
        | Kind::Integer
        | Kind::Choice
        | Kind::YesNo
        | Kind::Text => shown.to_owned(),
    }
}

fn sensitive(kind: Kind, shown: &str) -> String {
    match kind {
        Kind::Identity | Kind::Bank | Kind::Mobile | Kind::Phone => stars(shown, 0, 4),
        Kind::Name
        | Kind::CreditCode
        | Kind::Date
        | Kind::Amount
        | Kind::Integer
        | Kind::Address
        | Kind::Mail
        | Kind::Plate
        | Kind::Choice
        | Kind::YesNo
        | Kind::Text => "***".into(),
    }
}

fn stars(shown: &str, first: usize, last: usize) -> String {
    let total = shown.chars().count();
    let keep = |at: usize| at < first || at + last >= total;
    shown
        .chars()
        .enumerate()
        .map(|(at, next)| if keep(at) { next } else { '*' })
        .collect()
}

/// An address to the end of its road, estate or village; its first six characters where none is named.
fn street(address: &str) -> String {
    let chars: Vec<char> = address.chars().collect();
    let end = chars.iter().position(|next| next.is_ascii_digit());
    let end = end.unwrap_or(6).min(chars.len()).min(24);
    chars[..end].iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: Kind, shown: &str, personal_: &str, sensitive_: &str) {
        assert_eq!(
            (
                personal(kind, shown).as_str(),
                sensitive(kind, shown).as_str()
            ),
            (personal_, sensitive_)
        );
    }

    #[test]
    fn only_what_is_needed_is_shown() {
        check(Kind::Name, "张三", "张*", "***");
        check(Kind::Name, "欧阳建国", "欧阳**", "***");
        check(
            Kind::Identity,
            "990101199001019507",
            "9901**********9507",
            "**************9507",
        );
        check(Kind::Mobile, "13800001234", "138****1234", "*******1234");
        check(Kind::Plate, "京A12345", "京A*****", "***");
        check(Kind::Mail, "lan@example.com", "l***@example.com", "***");
        check(Kind::Address, "临江区石桥路12号", "临江区石桥路***", "***");
        check(Kind::Date, "1990-01-01", "1990年", "***");
        check(Kind::Text, "", "", "***");
    }
}
