//! What the classifier of the demo city learns from: the catalogue of orders, the everyday words of departments, their
//! duty articles, the orders of the demo city, and sayings that were written for it. Learning itself is in `tools`.

use std::collections::BTreeSet;

use serde::Deserialize;
use tools::Hotline;
use tools::classify::classifier::{Classifier, Options};
use tools::classify::record::{Input, Record};

use super::{Catalog, Problem};

/// The classifier of the demo city; `chengzhi train dispatch --demo --out seeds/classifier` writes it.
pub const CLASSIFIER: &str = "seeds/classifier/dispatch.model";

/// The name of the file in a folder that `chengzhi train dispatch` writes.
pub const MODEL: &str = "dispatch.model";

const SAYINGS: &str = "seeds/sayings.tsv";
const ORDERS: &str = "seeds/orders.jsonl";

/// Where duty articles are looked for by the name that items give.
const DUTIES: &str = "corpora/helan-duties/docs";

/// How the classifier of the demo city is trained. What it learns from is short: nothing stands at a head, and terms of
/// fewer than three records would only make the file longer.
pub fn options() -> Options {
    Options {
        records: 3,
        head: 0,
        ..Options::default()
    }
}

/// An order of the demo city.
#[derive(Deserialize)]
struct Order {
    text: String,
    department: String,
}

impl Catalog {
    /// Everything that the classifier of the demo city learns from: texts and the department that leads.
    ///
    /// # Errors
    /// The file that is missing, or the line of it that cannot be used.
    pub fn lessons(&self) -> Result<Vec<Record>, Problem> {
        let missing = |file: &str| Problem {
            file: file.to_owned(),
            message: "is missing or cannot be read".to_owned(),
        };
        let hotline = self.hotline.as_deref();
        let hotline = hotline.ok_or_else(|| missing("seeds/dispatch.toml"))?;
        let text = |file: &str| self.origin.text(file).ok_or_else(|| missing(file));
        let mut lessons = words(hotline);
        let leads: BTreeSet<&str> = hotline.catalog.iter().map(|it| it.lead.as_str()).collect();
        for department in &self.seeds.departments {
            if leads.contains(department.name.as_str()) {
                let duties = department.duties.iter();
                lessons.extend(duties.map(|duty| lesson(duty, &department.name)));
            }
        }
        let files: BTreeSet<&str> = hotline
            .catalog
            .iter()
            .map(|item| item.duty.file.as_str())
            .collect();
        for file in files {
            lessons.extend(articles(&text(&format!("{DUTIES}/{file}"))?, &leads));
        }
        lessons.extend(orders(&text(ORDERS)?)?);
        lessons.extend(sayings(&text(SAYINGS)?, hotline)?);
        Ok(lessons)
    }

    /// Learns from `folder` in place of the seeds, or from nothing where that cannot be used, which is a problem then.
    pub fn use_classifier(&mut self, folder: &std::path::Path) {
        let path = folder.join(MODEL);
        let Some(hotline) = self.hotline.as_mut().and_then(std::sync::Arc::get_mut) else {
            return;
        };
        hotline.classifier = None;
        let read = Classifier::read(&path).map_err(|error| chain(&error));
        match read.and_then(|classifier| known(classifier, hotline)) {
            Ok(classifier) => hotline.classifier = Some(classifier),
            Err(message) => self.problems.push(Problem {
                file: path.display().to_string(),
                message: format!(
                    "{message}\nhint: `hotline.classifier` names the folder that `chengzhi train dispatch` wrote; until it can be used departments are suggested by rules alone"
                ),
            }),
        }
    }
}

/// A classifier whose labels mean something to the catalogue of the hotline.
pub(super) fn known(classifier: Classifier, hotline: &Hotline) -> Result<Classifier, String> {
    let mut labels = classifier.labels().iter();
    let unknown = labels.find(|label| {
        let mut items = hotline.catalog.iter();
        !items.any(|item| item.lead == **label || item.group == **label)
    });
    match unknown {
        None => Ok(classifier),
        Some(label) => Err(format!(
            "it knows a label `{label}`, which is neither a department that leads nor a group in `seeds/dispatch.toml`"
        )),
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

fn lesson(text: &str, department: &str) -> Record {
    Record {
        id: None,
        input: Input::Text(text.to_owned()),
        label: department.to_owned(),
    }
}

/// Names and words of all items.
fn words(hotline: &Hotline) -> Vec<Record> {
    let of = |item: &tools::intake::Item| {
        let words = std::iter::once(&item.name).chain(&item.words);
        let words = words.map(|word| lesson(word, &item.lead));
        words.collect::<Vec<_>>()
    };
    hotline.catalog.iter().flat_map(of).collect()
}

/// What articles give to departments: `第四条 和澜市公安局负责户口登记…。依据：…`. The law that it rests on is left out.
fn articles(text: &str, leads: &BTreeSet<&str>) -> Vec<Record> {
    let article = |line: &str| {
        let (_, said) = line.strip_prefix('第')?.split_once(' ')?;
        let (department, duty) = said.split_once("负责")?;
        let duty = duty.split("依据：").next().unwrap_or(duty);
        leads.contains(department).then(|| lesson(duty, department))
    };
    text.lines().filter_map(article).collect()
}

fn orders(text: &str) -> Result<Vec<Record>, Problem> {
    let read = |(at, line): (usize, &str)| {
        let order: Order = serde_json::from_str(line).map_err(|error| Problem {
            file: ORDERS.to_owned(),
            message: format!("line {}: {error}", at + 1),
        })?;
        Ok(lesson(&order.text, &order.department))
    };
    text.lines().enumerate().map(read).collect()
}

fn sayings(text: &str, hotline: &Hotline) -> Result<Vec<Record>, Problem> {
    let mut sayings = Vec::new();
    for (at, line) in text.lines().enumerate() {
        if line.starts_with('#') || line.is_empty() {
            continue;
        }
        let wrong = |message: &str| Problem {
            file: SAYINGS.to_owned(),
            message: format!("line {}: {message}", at + 1),
        };
        let (code, saying) = line
            .split_once('\t')
            .ok_or_else(|| wrong("has no tab between the code of an item and a saying"))?;
        let item = hotline.catalog.get(code);
        let item = item.ok_or_else(|| wrong(&format!("there is no item `{code}`")))?;
        sayings.push(lesson(saying, &item.lead));
    }
    Ok(sayings)
}

#[cfg(test)]
mod tests {
    use tools::classify::classifier::digest;
    use tools::classify::record;

    use super::*;
    use crate::embedded::Origin;

    fn catalog() -> Catalog {
        Catalog::load(Origin::Embedded)
    }

    #[test]
    fn the_classifier_of_the_demo_city_was_learnt_from_its_seeds() {
        let catalog = catalog();
        let lessons = catalog
            .lessons()
            .unwrap_or_else(|problem| panic!("{problem}"));
        let hotline = catalog.hotline.expect("the demo city has a hotline");
        let classifier = hotline.classifier.as_ref().expect("it has a classifier");
        assert_eq!(
            classifier.learnt_from(),
            digest(&record::without_rare(lessons).0),
            "run `chengzhi train dispatch --demo --out seeds/classifier`"
        );
        let leads: BTreeSet<&str> = hotline.catalog.iter().map(|it| it.lead.as_str()).collect();
        assert!(classifier.labels().iter().map(String::as_str).eq(leads));
        let size = Origin::Embedded.read(CLASSIFIER).unwrap().len();
        assert!(size <= 1 << 20, "{size} bytes");
    }

    #[test]
    #[ignore = "trains on everything, half a minute with optimisation"]
    fn the_classifier_of_the_demo_city_is_what_its_seeds_give() {
        let catalog = catalog();
        let lessons = catalog
            .lessons()
            .unwrap_or_else(|problem| panic!("{problem}"));
        let (records, _) = record::without_rare(lessons);
        let trained = Classifier::train(&records, &options(), &mut |_| {}).unwrap();
        let hotline = catalog.hotline.expect("the demo city has a hotline");
        let kept = hotline.classifier.as_ref().expect("it has a classifier");
        // Logarithms differ in the last bit from one machine to another.
        for record in records.iter().step_by(50) {
            for (label, probability) in trained.predict(&record.input) {
                let other = kept.predict(&record.input);
                let other = other.iter().find(|(other, _)| *other == label).unwrap().1;
                assert!((probability - other).abs() < 0.01, "{record:?}");
            }
        }
    }

    #[test]
    fn what_cannot_be_learnt_from_is_named() {
        let catalog = catalog();
        let hotline = catalog.hotline.as_deref().unwrap();
        let wrong = |text: &str| sayings(text, hotline).unwrap_err().to_string();
        insta::assert_snapshot!(wrong("# a\n0101\t灰大\n9999\t灰大"), @"seeds/sayings.tsv: line 3: there is no item `9999`");
        insta::assert_snapshot!(wrong("0101 灰大"), @"seeds/sayings.tsv: line 1: has no tab between the code of an item and a saying");
        let wrong = orders("{\"text\": 1}").unwrap_err().to_string();
        assert!(wrong.starts_with("seeds/orders.jsonl: line 1: "), "{wrong}");
        let leads = BTreeSet::from(["市公安局"]);
        let text = "第四条 市公安局负责户口登记。依据：《规定》第三条。\n第五条 别的局负责。\n总则";
        assert_eq!(articles(text, &leads), [lesson("户口登记。", "市公安局")]);
    }

    #[test]
    fn a_classifier_of_another_catalogue_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let mut catalog = catalog();
        catalog.use_classifier(folder.path());
        assert!(catalog.hotline.as_ref().unwrap().classifier.is_none());
        assert!(catalog.problems[0].message.contains("cannot access"));
        let records: Vec<Record> = ["甲局", "乙局", "甲局", "乙局"]
            .map(|department| lesson("路灯不亮", department))
            .into();
        let own = Classifier::train(&records, &Options::default(), &mut |_| {}).unwrap();
        own.write(&folder.path().join(MODEL)).unwrap();
        catalog.use_classifier(folder.path());
        assert!(catalog.hotline.as_ref().unwrap().classifier.is_none());
        let message = &catalog.problems[1].message;
        assert!(message.starts_with("it knows a label `乙局`"), "{message}");
    }
}
