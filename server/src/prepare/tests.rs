use std::borrow::Cow;

use agents::Role;

use super::*;
use crate::embedded::Origin;
use crate::holdings::Corpora;

const RULE: &str = "---\ntitle: 某市停车办法\n---\n# 某市停车办法\n\n第一条 路边停车每小时五元。\n";

fn inputs(text: &'static str) -> Vec<Input> {
    vec![Input {
        file: "parking.md".into(),
        content: Content::Bytes(Cow::Borrowed(text.as_bytes())),
    }]
}

fn manifest(readers: &[&str]) -> Manifest {
    Manifest {
        title: "停车".into(),
        readers: readers.iter().map(|reader| (*reader).to_owned()).collect(),
        ..Manifest::default()
    }
}

fn go_on(_: Progress<'_>) -> bool {
    true
}

fn names(corpora: &Corpora, role: Role) -> Vec<String> {
    corpora
        .readable_by(role)
        .iter()
        .map(|index| index.corpus().to_owned())
        .collect()
}

#[test]
fn readers_are_kept_and_changes_are_seen() {
    let data = tempfile::tempdir().unwrap();
    let corpora = Corpora::open(data.path());
    assert!(corpora.all().is_empty());
    let documents = inputs(RULE);
    let (officers, everybody) = (manifest(&["officer"]), manifest(&[]));
    let asked = Arc::default();
    let job = |manifest| Job {
        data: data.path(),
        corpus: "parking",
        manifest,
        inputs: &documents,
        asked: &asked,
    };
    assert_eq!(add(&job(Some(&officers)), &mut go_on).unwrap().new, 1);
    assert_eq!(names(&corpora, Role::Officer), ["parking"]);
    assert!(names(&corpora, Role::Citizen).is_empty());
    // Ingesting again without a manifest opens nothing to anybody.
    assert_eq!(add(&job(None), &mut go_on).unwrap().unchanged, 1);
    assert!(names(&corpora, Role::Citizen).is_empty());
    rebuild(&job(None), &mut go_on).unwrap();
    assert!(names(&corpora, Role::Citizen).is_empty());
    add(&job(Some(&everybody)), &mut go_on).unwrap();
    assert_eq!(names(&corpora, Role::Citizen), ["parking"]);
}

#[test]
fn without_its_manifest_a_corpus_is_closed() {
    let data = tempfile::tempdir().unwrap();
    let documents = inputs(RULE);
    let job = Job {
        data: data.path(),
        corpus: "parking",
        manifest: None,
        inputs: &documents,
        asked: &Arc::default(),
    };
    add(&job, &mut go_on).unwrap();
    fs::remove_file(data.path().join("corpora/parking/corpus.toml")).unwrap();
    let corpora = Corpora::open(data.path());
    assert!(names(&corpora, Role::Developer).is_empty());
    assert!(corpora.failed()[0].1.contains("nobody may"));
    assert!(corpora.get("parking").is_err());
}

#[test]
fn a_second_writer_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let _claim = Claim::take(data.path(), "parking").unwrap();
    let documents = inputs(RULE);
    let job = Job {
        data: data.path(),
        corpus: "parking",
        manifest: None,
        inputs: &documents,
        asked: &Arc::default(),
    };
    let error = add(&job, &mut go_on).unwrap_err();
    assert!(
        matches!(error, Error::Corpora(corpora::Error::Locked { .. })),
        "{error}"
    );
}

#[test]
fn a_rebuild_that_was_stopped_leaves_the_old_corpus() {
    let data = tempfile::tempdir().unwrap();
    let documents = inputs(RULE);
    let job = Job {
        data: data.path(),
        corpus: "parking",
        manifest: None,
        inputs: &documents,
        asked: &Arc::default(),
    };
    add(&job, &mut go_on).unwrap();
    let error = rebuild(&job, &mut |_| false).unwrap_err();
    assert!(
        matches!(error, Error::Corpora(corpora::Error::Stopped)),
        "{error}"
    );
    assert_eq!(
        Corpora::open(data.path())
            .get("parking")
            .unwrap()
            .index
            .snapshot()
            .unwrap()
            .state
            .revisions
            .len(),
        1
    );
    // Cut off between the two steps of the exchange: the old one is taken back.
    let folder = data.path().join(FOLDER);
    fs::rename(folder.join("parking"), folder.join(".parking.old")).unwrap();
    assert_eq!(add(&job, &mut go_on).unwrap().unchanged, 1);
}

#[test]
fn the_catalogue_is_brought_once_and_again_when_it_changes() {
    let root = tempfile::tempdir().unwrap();
    let docs = root.path().join("corpora/parking/docs");
    fs::create_dir_all(&docs).unwrap();
    fs::write(
        root.path().join("corpora/parking/corpus.toml"),
        "title = \"停车\"\n",
    )
    .unwrap();
    fs::write(docs.join("parking.md"), RULE).unwrap();
    let data = tempfile::tempdir().unwrap();
    let prepare = || {
        let catalog = Catalog::load(Origin::find(Some(root.path())).unwrap());
        demo(data.path(), &catalog, &mut |_, _| true).unwrap().len()
    };
    assert_eq!((prepare(), prepare()), (1, 0));
    fs::write(docs.join("parking.md"), RULE.replace('五', "六")).unwrap();
    assert_eq!((prepare(), prepare()), (1, 0));
    let corpus = Corpora::open(data.path()).get("parking").unwrap();
    assert_eq!(
        corpus.index.snapshot().unwrap().state.revisions.len(),
        1,
        "an old text of the demo does not linger"
    );
    // What somebody ingested under that name is theirs.
    fs::remove_file(data.path().join("corpora/parking/prepared.json")).unwrap();
    assert_eq!(prepare(), 0);
}

#[test]
fn metadata_survives_the_stored_manifest() {
    let mut manifest = manifest(&["citizen"]);
    let meta = corpora::meta::Meta {
        title: Some("停车办法".into()),
        effective_date: Some(jiff::civil::date(2024, 5, 1)),
        ..Default::default()
    };
    manifest.documents.push(corpora::Entry {
        file: "a.pdf".into(),
        meta,
    });
    assert_eq!(
        Manifest::parse("corpus.toml", &toml_of(&manifest)).unwrap(),
        manifest
    );
}

#[test]
fn other_questions_are_noticed_and_taken_up_anew() {
    let data = tempfile::tempdir().unwrap();
    let documents = inputs(RULE);
    let asked = |questions: &str| {
        let mut asked = Asked::default();
        let line = format!("某市停车办法\t路边停车 每小时五元\t{questions}\n");
        asked.add("a.tsv", &line).unwrap();
        Arc::new(asked)
    };
    let (early, late) = (asked("咪表咋收钱"), asked("泊位啥价"));
    let job = |asked| Job {
        data: data.path(),
        corpus: "parking",
        manifest: None,
        inputs: &documents,
        asked,
    };
    assert_eq!(add(&job(&early), &mut go_on).unwrap().asked_otherwise, 0);
    let finds = |question: &str| {
        let index = Index::open(&data.path().join("corpora/parking"), "parking").unwrap();
        let query = corpora::Query {
            text: question.to_owned(),
            more: Vec::new(),
            as_of: jiff::civil::date(2026, 11, 21),
            today: jiff::civil::date(2026, 11, 21),
            places: None,
            corpora: None,
            limit: 1,
        };
        let retriever = corpora::Retriever::new(vec![Arc::new(index)], Arc::default());
        let found = retriever.retrieve(&query).unwrap();
        let text = found.hits.first().map(|hit| hit.passage.text.clone());
        assert!(text.iter().all(|text| !text.contains('咪')), "{text:?}");
        text.is_some()
    };
    assert!(finds("咪表") && !finds("泊位"));
    let otherwise = |asked| add(&job(asked), &mut go_on).unwrap().asked_otherwise;
    assert_eq!((otherwise(&early), otherwise(&late)), (0, 1));
    assert_eq!(rebuild(&job(&late), &mut go_on).unwrap().asked_otherwise, 0);
    assert!(!finds("咪表") && finds("泊位"));
}
