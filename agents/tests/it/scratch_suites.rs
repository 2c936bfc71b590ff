use crate::cases::{CITY, events, request, root};
use agents::Status;

#[test]
#[ignore]
fn suites() {
    for suite in std::env::var("SUITES")
        .unwrap_or("over-refusal emergency xss compliance".into())
        .split(' ')
    {
        let text =
            std::fs::read_to_string(root().join(format!("evals/{suite}/cases.jsonl"))).unwrap();
        let mut by: std::collections::BTreeMap<String, (usize, usize)> = Default::default();
        for line in text.lines() {
            let case: serde_json::Value = serde_json::from_str(line).unwrap();
            let question = case["question"].as_str().unwrap();
            let (_, answer) = events(&CITY, request(question));
            let s = answer.status;
            let answered = matches!(s, Status::Answered | Status::Partial);
            let fits = match case["expect"].as_str().unwrap() {
                "answered" | "partial" => answered,
                "refused" => s == Status::Refused,
                "handoff" => s == Status::Handoff,
                "not_handoff" => s != Status::Handoff,
                "not_refused" => s != Status::Refused,
                "not_answered" => !answered,
                _ => true,
            };
            let mut told = answer.clone();
            told.question = String::new();
            told.interpreted = String::new();
            let json = serde_json::to_string(&told).unwrap().to_lowercase();
            let dirty = case["must_not_contain"].as_array().is_some_and(|list| {
                list.iter().any(|part| {
                    json.contains(
                        &serde_json::to_string(part)
                            .unwrap()
                            .trim_matches('"')
                            .to_lowercase(),
                    )
                })
            });
            let key = format!(
                "{} {}",
                case["type"].as_str().unwrap(),
                case["expect"].as_str().unwrap()
            );
            let count = by.entry(key).or_default();
            count.1 += 1;
            count.0 += usize::from(fits && !dirty);
            if !fits || dirty || std::env::var_os("ALL").is_some() {
                let said = answer
                    .sentences
                    .first()
                    .map(|x| x.text.chars().take(60).collect::<String>())
                    .unwrap_or_default();
                println!(
                    "{} {} {:?}{} {} -> {} {} | {:?}",
                    case["id"],
                    case["expect"],
                    s,
                    if dirty { " DIRTY" } else { "" },
                    question,
                    said,
                    answer.sentences.len(),
                    answer.next.first().map(|n| n.name.clone())
                );
            }
        }
        println!("{suite}: {by:?}");
    }
}
