use proptest::prelude::*;

use super::*;

/// A condition as it was understood: all brackets written, `&`, `|` and `!` between.
fn shown(expression: &Expression) -> String {
    let joined = |terms: &[Expression], sign: &str| {
        let terms: Vec<String> = terms.iter().map(shown).collect();
        format!("({})", terms.join(sign))
    };
    match expression {
        Expression::All(terms) => joined(terms, " & "),
        Expression::Any(terms) => joined(terms, " | "),
        Expression::Not(term) => format!("!{}", shown(term)),
        Expression::Is(property, relation, literal) => {
            let sign = match relation {
                Relation::Equal => "=",
                Relation::NotEqual => "<>",
                Relation::Greater => ">",
                Relation::GreaterOrEqual => ">=",
                Relation::Less => "<",
                Relation::LessOrEqual => "<=",
            };
            let value = match literal {
                Literal::Text(text) => format!("'{text}'"),
                Literal::Number(number) => number.to_string(),
                Literal::Time(time) => time.to_string(),
            };
            format!("{}{sign}{value}", property.path)
        }
    }
}

fn check(kind: Kind, text: &str, expected: &str) {
    let got = match Expression::parse(kind, text) {
        Ok(expression) => shown(&expression),
        Err(wrong) if wrong.unsupported => format!("501 {}: {}", wrong.at, wrong.message),
        Err(wrong) => format!("400 {}: {}", wrong.at, wrong.message),
    };
    assert_eq!(got, expected, "{text}");
}

/// Of observations.
fn of(text: &str, expected: &str) {
    check(Kind::Observation, text, expected);
}

#[test]
fn comparisons_are_read() {
    of("result eq 5", "result=5");
    of("result ne 5", "result<>5");
    of("result gt 5", "result>5");
    of("result ge 5", "result>=5");
    of("result lt 5", "result<5");
    of("result le 5", "result<=5");
    of("  result   gt  5  ", "result>5");
    of("result gt -1.5", "result>-1.5");
    of("result gt +1", "result>1");
    of("result gt 1e3", "result>1000");
    of("result gt 1.5E-3", "result>0.0015");
    of("result gt .5", "result>0.5");
    of("5 lt result", "result>5");
    of("5 ge result", "result<=5");
    of("5 eq result", "result=5");
    of(
        "id eq 'DS-1@2026-11-20T08:00:00Z'",
        "id='DS-1@2026-11-20T08:00:00Z'",
    );
    of("@iot.id ne 'x'", "id<>'x'");
    of("Datastream/id eq 'DS-1'", "Datastream/id='DS-1'");
    of("Datastream/@iot.id gt 'DS-1'", "Datastream/id>'DS-1'");
    of(
        "phenomenonTime ge 2026-11-20T08:00:00Z",
        "phenomenonTime>=2026-11-20T08:00:00Z",
    );
    of(
        "phenomenonTime lt 2026-11-20T08:00:00+08:00",
        "phenomenonTime<2026-11-20T00:00:00Z",
    );
    of(
        "resultTime eq 2026-11-20T08:00:00.5Z",
        "resultTime=2026-11-20T08:00:00.5Z",
    );
    of(
        "2026-11-20T08:00:00Z gt phenomenonTime",
        "phenomenonTime<2026-11-20T08:00:00Z",
    );
    check(Kind::Thing, "name eq '书院巷'", "name='书院巷'");
    check(Kind::Thing, "name eq 'it''s'", "name='it's'");
    check(Kind::Thing, "name eq ''", "name=''");
    check(
        Kind::Thing,
        "name eq ' or 1 eq 1 --'",
        "name=' or 1 eq 1 --'",
    );
    check(
        Kind::Thing,
        "properties/district eq '临江区'",
        "properties/district='临江区'",
    );
    check(
        Kind::Datastream,
        "unitOfMeasurement/symbol eq 'cm'",
        "unitOfMeasurement/symbol='cm'",
    );
    check(
        Kind::Datastream,
        "properties/interval_s le 600",
        "properties/interval_s<=600",
    );
    check(
        Kind::Datastream,
        "Thing/@iot.id eq 'TH-1'",
        "Thing/id='TH-1'",
    );
    check(
        Kind::HistoricalLocation,
        "time gt 2026-11-20T08:00:00Z",
        "time>2026-11-20T08:00:00Z",
    );
}

#[test]
fn not_binds_closer_than_and_and_and_closer_than_or() {
    of("result gt 1 and result lt 5", "(result>1 & result<5)");
    of("result gt 1 or result lt 5", "(result>1 | result<5)");
    of(
        "result gt 1 and result lt 5 and result ne 3",
        "(result>1 & result<5 & result<>3)",
    );
    of(
        "result eq 1 or result eq 2 and result eq 3",
        "(result=1 | (result=2 & result=3))",
    );
    of(
        "result eq 1 and result eq 2 or result eq 3",
        "((result=1 & result=2) | result=3)",
    );
    of(
        "(result eq 1 or result eq 2) and result eq 3",
        "((result=1 | result=2) & result=3)",
    );
    of("not result eq 1", "!result=1");
    of("not (result eq 1)", "!result=1");
    of("not(result eq 1 or result eq 2)", "!(result=1 | result=2)");
    of("not result eq 1 and result eq 2", "(!result=1 & result=2)");
    of("not not result eq 1", "!!result=1");
    of("((((result eq 1))))", "result=1");
    of("(result eq 1)and(result eq 2)", "(result=1 & result=2)");
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    of("", "400 1: 缺少属性或者值");
    of("   ", "400 4: 缺少属性或者值");
    of("result", "400 7: 缺少比较符");
    of("result gt", "400 10: 缺少属性或者值");
    of("result gt 5 and", "400 16: 缺少属性或者值");
    of("and result gt 5", "400 1: Observations 没有属性 `and`");
    of("result gt 5 result", "400 13: 不应有 `result`");
    of("(result gt 5", "400 13: 缺少 `)`");
    of("result gt 5)", "400 12: 不应有 `)`");
    of("(result gt 5 (", "400 14: 应为 `)`，不应有 `(`");
    of("()", "400 2: 应为属性或者值，不应有 `)`");
    of("result = 5", "400 8: 不应有字符 `=`");
    of("result eq 5;drop", "400 12: 不应有字符 `;`");
    of(
        "result GT 5",
        "400 8: `GT` 不是比较符，应为 eq、ne、gt、ge、lt、le",
    );
    of("result 5 gt", "400 8: 应为比较符，不应有 `5`");
    of("results gt 5", "400 1: Observations 没有属性 `results`");
    of("name eq 'x'", "400 1: Observations 没有属性 `name`");
    of("1 eq 1", "400 3: 比较的一边应为属性");
    of("result gt '5'", "400 11: `result` 应与数字比较");
    of(
        "phenomenonTime gt 5",
        "400 19: `phenomenonTime` 应与时间比较",
    );
    of(
        "phenomenonTime gt '2026-11-20T08:00:00Z'",
        "400 19: `phenomenonTime` 应与时间比较",
    );
    of("id eq 5", "400 7: `id` 应与带单引号的文字比较");
    of("id eq 'x", "400 7: 引号没有结束");
    of("id eq 'x''", "400 7: 引号没有结束");
    of("result gt 5..5", "400 11: `5..5` 不是数字");
    of("result gt 1e999", "400 11: `1e999` 不是数字");
    of("result gt 5x", "400 11: `5x` 不是数字");
    let hint = "时间应写成 `2026-11-20T08:00:00Z`；地址中的 `+08:00` 应写成 `%2B08:00`";
    of(
        "phenomenonTime gt 2026-11-20",
        &format!("400 19: `2026-11-20` 不是时间，{hint}"),
    );
    of(
        "phenomenonTime gt 2026-11-20T08:00:00 08:00",
        &format!("400 19: `2026-11-20T08:00:00` 不是时间，{hint}"),
    );
    of("结果 gt 5", "400 1: Observations 没有属性 `结果`");
    check(
        Kind::Thing,
        "名 eq '书院巷' and 名 eq 'x",
        "400 21: 引号没有结束",
    );
}

#[test]
fn what_is_not_supported_is_named() {
    of("year(phenomenonTime) eq 2026", "501 1: 不支持函数 `year`");
    of("round(result) eq 5", "501 1: 不支持函数 `round`");
    of("result add 5 gt 10", "501 8: 不支持运算 `add`");
    of("result mod 2 eq 0", "501 8: 不支持运算 `mod`");
    of("result gt result", "501 8: 不支持两个属性相互比较");
    of("result eq null", "501 11: 不支持 `null`");
    of("id gt 'x'", "501 4: `id` 只能用 eq 和 ne 比较");
    of(
        "Datastream/name eq 'x'",
        "501 1: 不支持按 `Datastream/name` 筛选或排序",
    );
    check(
        Kind::Datastream,
        "phenomenonTime gt 2026-11-20T08:00:00Z",
        "501 1: 不支持按 `phenomenonTime` 筛选或排序",
    );
    check(
        Kind::Location,
        "location eq 'x'",
        "501 1: 不支持按 `location` 筛选或排序",
    );
    check(Kind::Thing, "substringof('x', name)", "501 16: 不支持函数");
}

#[test]
fn depth_and_length_are_bounded() {
    let deep = |depth: usize| format!("{}result eq 1{}", "(".repeat(depth), ")".repeat(depth));
    of(&deep(50), "result=1");
    of(&deep(51), "400 52: 条件嵌套过深，最多50层");
    of(&"not ".repeat(60), "400 205: 条件嵌套过深，最多50层");
    of(
        &format!("result eq {}", "1".repeat(4000)),
        "400 4001: 条件过长，最多4000个字符",
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_text_is_read(text in "\\PC{0,60}", words in "(result|id|phenomenonTime|not|and|or|eq|gt|\\(|\\)|'|5|-| |2026-11-20T08:00:00Z){0,20}") {
        for kind in Kind::ALL {
            let _ = Expression::parse(kind, &text);
            if let Err(wrong) = Expression::parse(kind, &words) {
                prop_assert!((1..=words.chars().count() + 1).contains(&wrong.at));
            }
        }
    }
}
