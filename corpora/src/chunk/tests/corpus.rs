//! Real files beside the repository.

use std::collections::BTreeSet;

use super::*;

#[test]
fn laws_have_their_articles() {
    let Some(files) = shared("laws") else { return };
    let mut wrong = Vec::new();
    for file in &files {
        let text = std::fs::read_to_string(file).unwrap();
        let source = source(Format::Markdown, &text);
        let chunked = chunked(&source);
        let expected: usize = field(&text, "articles").unwrap().parse().unwrap();
        let clauses: BTreeSet<&str> = chunked
            .chunks
            .iter()
            .filter(|chunk| chunk.kind == ChunkKind::Clause)
            .filter_map(|chunk| {
                chunk
                    .path
                    .iter()
                    .rev()
                    .find(|name| name.contains('条'))
                    .map(String::as_str)
            })
            .collect();
        if clauses.len() != expected {
            wrong.push(format!(
                "{}: {} articles, {expected} expected",
                file.display(),
                clauses.len()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Passages of the founding article with a number.
fn founding(number: usize) -> Option<(Source, Chunked)> {
    let file = shared("founding")?
        .into_iter()
        .find(|file| file.ends_with(format!("S{number}.txt")))?;
    let source = source(Format::Text, &std::fs::read_to_string(file).unwrap());
    let chunked = chunked(&source);
    Some((source, chunked))
}

fn dropped(source: &Source, chunked: &Chunked, reason: DropReason) -> usize {
    Ledger::of(source, chunked)
        .unwrap()
        .dropped
        .get(&reason)
        .copied()
        .unwrap_or_default()
}

#[test]
fn founding_articles_are_accounted_for() {
    for number in 0..5 {
        let Some((_, chunked)) = founding(number) else {
            return;
        };
        assert!(
            chunked
                .chunks
                .iter()
                .all(|chunk| chunk.text.chars().count() <= 520),
            "S{number}"
        );
    }
}

#[test]
fn torn_words_are_whole() {
    let Some((_, chunked)) = founding(0) else {
        return;
    };
    assert!(chunked.chunks.iter().any(|chunk| {
        chunk
            .text
            .contains("数字化管理服务平台“云上民主村”成了社区治理")
    }));
    assert!(
        chunked
            .chunks
            .iter()
            .any(|chunk| chunk.text.starts_with("上海\n4万人社区"))
    );
    let Some((_, chunked)) = founding(1) else {
        return;
    };
    assert!(
        chunked
            .chunks
            .iter()
            .any(|chunk| chunk.text.contains("服务城市运行？如何才能将数据"))
    );
}

#[test]
fn an_article_that_stands_twice_is_kept_once() {
    let Some((source, chunked)) = founding(3) else {
        return;
    };
    let of = |text: &str| {
        chunked
            .chunks
            .iter()
            .filter(|chunk| chunk.text.contains(text))
            .count()
    };
    assert_eq!(of("2019年开始"), 1);
    assert!((2800..3000).contains(&dropped(&source, &chunked, DropReason::Duplicate)));
    assert_eq!(chunked.title, "为世界贡献新时代人民城市建设的“中国范例”");
    assert!(dropped(&source, &chunked, DropReason::Navigation) > 20);
    for number in [0, 1, 2, 4] {
        let Some((source, chunked)) = founding(number) else {
            return;
        };
        assert_eq!(
            dropped(&source, &chunked, DropReason::Duplicate),
            0,
            "S{number}"
        );
    }
}

#[test]
fn documents_of_the_demo_city_are_accounted_for() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("helan/docs");
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for path in entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "md"))
    {
        let chunked = chunked(&source(
            Format::Markdown,
            &std::fs::read_to_string(&path).unwrap(),
        ));
        assert!(chunked.chunks.len() > 1, "{}", path.display());
    }
}
