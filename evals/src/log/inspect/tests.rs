use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read};
use std::path::Path;

use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::log::examples::{self, ended, header, samples};
use crate::log::journal::Journal;
use crate::log::replace;
use crate::record::{Ended, Sample};

fn archive(log: &Log) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut out = Out {
        name: Path::new("x.eval"),
        to: &mut bytes,
    };
    write_archive(log, &mut out).unwrap();
    bytes
}

/// The members of the archive of the examples, by name.
fn members() -> BTreeMap<String, Value> {
    let folder = tempfile::tempdir().unwrap();
    let log = Log::open(&examples::journal(folder.path())).unwrap();
    let mut archive = ::zip::ZipArchive::new(Cursor::new(archive(&log))).unwrap();
    (0..archive.len())
        .map(|at| {
            let mut member = archive.by_index(at).unwrap();
            let mut text = Vec::new();
            member.read_to_end(&mut text).unwrap();
            (member.name().to_owned(), json::from_slice(&text).unwrap())
        })
        .collect()
}

#[test]
fn members_are_those_of_inspect() {
    let names: Vec<_> = members().into_keys().collect();
    insta::assert_snapshot!(names.join("\n"), @"
    _journal/start.json
    _journal/summaries/1.json
    header.json
    reductions.json
    samples/7_epoch_1.json
    samples/7_epoch_2.json
    samples/断_epoch_1.json
    samples/断_epoch_2.json
    samples/法/第一条_epoch_1.json
    samples/法/第一条_epoch_2.json
    summaries.json
    ");
}

#[test]
fn a_sample_in_the_words_of_inspect() {
    let members = members();
    insta::assert_json_snapshot!(members["samples/法/第一条_epoch_2.json"], @r#"
    {
      "id": "法/第一条",
      "epoch": 2,
      "input": "押金不退怎么办？",
      "target": "第三条",
      "messages": [
        {
          "role": "user",
          "content": "押金不退怎么办？",
          "source": "input"
        },
        {
          "role": "assistant",
          "content": "可以向街道投诉。",
          "source": "generate",
          "model": "tiny"
        }
      ],
      "output": {
        "model": "tiny",
        "choices": [
          {
            "message": {
              "role": "assistant",
              "content": "可以向街道投诉。",
              "source": "generate",
              "model": "tiny"
            },
            "stop_reason": "stop"
          }
        ],
        "usage": {
          "input_tokens": 120,
          "output_tokens": 30,
          "total_tokens": 150
        }
      },
      "scores": {
        "citation": {
          "value": 0.0,
          "explanation": "第三条 <未引用>"
        },
        "content": {
          "value": null
        }
      },
      "metadata": {
        "type": "lookup",
        "cluster": "押金",
        "cpu_seconds": 0.25,
        "answer": {
          "status": "answered",
          "score": 0.25
        }
      },
      "model_usage": {
        "tiny": {
          "input_tokens": 120,
          "output_tokens": 30,
          "total_tokens": 150
        }
      },
      "total_time": 0.5,
      "uuid": "Run_1/法/第一条/2"
    }
    "#);
    insta::assert_json_snapshot!(members["samples/断_epoch_1.json"]["error"], @r#"
    {
      "message": "断线 <timeout>",
      "traceback": "",
      "traceback_ansi": ""
    }
    "#);
    let scores = &members["samples/法/第一条_epoch_2.json"]["scores"];
    assert_eq!(scores["content"]["value"], Value::Null);
}

#[test]
fn the_head_in_the_words_of_inspect() {
    let members = members();
    insta::assert_json_snapshot!(members["header.json"], @r#"
    {
      "version": 2,
      "status": "success",
      "eval": {
        "eval_id": "Run_1",
        "run_id": "Run_1",
        "created": "2026-01-02T03:04:05+00:00",
        "task": "policy-qa",
        "task_id": "Run_1",
        "task_version": 0,
        "task_args": {
          "seed": 7,
          "today": "2026-11-21"
        },
        "dataset": {
          "name": "policy-qa",
          "location": "agents/policy-qa/cases.jsonl",
          "samples": 3,
          "shuffled": false
        },
        "model": "tiny",
        "config": {
          "epochs": 2,
          "epochs_reducer": [
            "mean"
          ]
        },
        "packages": {
          "chengzhi": "0.1.0"
        },
        "metadata": {
          "format": 1,
          "run": "Run_1",
          "created": "2026-01-02T03:04:05Z",
          "program": "0.1.0",
          "suite": "policy-qa",
          "title": "政策问答",
          "agent": "policy-qa",
          "model": "tiny",
          "cases": "agents/policy-qa/cases.jsonl",
          "cases_hash": "abababababababababababababababababababababababababababababababab",
          "total": 6,
          "epochs": 2,
          "seed": 7,
          "today": "2026-11-21",
          "corpora": {
            "helan": "r1"
          },
          "fingerprint": "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
          "problems": []
        }
      },
      "plan": {
        "name": "plan",
        "steps": [
          {
            "solver": "policy-qa",
            "params": {}
          }
        ],
        "config": {}
      },
      "results": {
        "total_samples": 6,
        "completed_samples": 5,
        "scores": [
          {
            "name": "citation",
            "scorer": "citation",
            "reducer": "mean",
            "scored_samples": 4,
            "unscored_samples": 0,
            "params": {},
            "metrics": {
              "citation": {
                "name": "citation",
                "value": 0.5,
                "params": {},
                "metadata": {
                  "low": 0.4,
                  "high": 0.6,
                  "n": 4
                }
              },
              "citation.lookup": {
                "name": "citation.lookup",
                "value": 0.5,
                "params": {},
                "metadata": {
                  "low": 0.4,
                  "high": 0.6,
                  "n": 4
                }
              }
            }
          },
          {
            "name": "content",
            "scorer": "content",
            "reducer": "mean",
            "scored_samples": 2,
            "unscored_samples": 1,
            "params": {},
            "metrics": {
              "content": {
                "name": "content",
                "value": 0.75,
                "params": {},
                "metadata": {
                  "low": 0.65,
                  "high": 0.85,
                  "n": 2
                }
              }
            }
          },
          {
            "name": "ece",
            "scorer": "ece",
            "reducer": null,
            "scored_samples": null,
            "unscored_samples": null,
            "params": {},
            "metrics": {
              "ece": {
                "name": "ece",
                "value": 0.2,
                "params": {},
                "metadata": {
                  "low": 0.1,
                  "high": 0.30000000000000004,
                  "n": 6
                }
              }
            }
          }
        ],
        "metadata": {
          "seconds": 30.5,
          "cpu_seconds": 1.5
        }
      },
      "stats": {
        "started_at": "2026-01-02T03:04:05+00:00",
        "completed_at": "2026-01-02T03:04:35.5+00:00",
        "model_usage": {
          "tiny": {
            "input_tokens": 600,
            "output_tokens": 150,
            "total_tokens": 750
          }
        }
      }
    }
    "#);
    insta::assert_json_snapshot!(members["reductions.json"], @r#"
    [
      {
        "scorer": "citation",
        "reducer": "mean",
        "samples": [
          {
            "value": 0.5,
            "sample_id": "断"
          },
          {
            "value": 0.5,
            "sample_id": "法/第一条"
          }
        ]
      },
      {
        "scorer": "content",
        "reducer": "mean",
        "samples": [
          {
            "value": 0.75,
            "sample_id": "断"
          },
          {
            "value": 0.75,
            "sample_id": "法/第一条"
          }
        ]
      }
    ]
    "#);
    assert_eq!(
        members["_journal/start.json"]["eval"],
        members["header.json"]["eval"]
    );
}

#[test]
fn a_summary_says_what_a_list_shows() {
    let members = members();
    assert_eq!(
        members["summaries.json"],
        members["_journal/summaries/1.json"]
    );
    assert_eq!(
        members["summaries.json"].as_array().unwrap().len(),
        samples().len()
    );
    insta::assert_json_snapshot!(members["summaries.json"][2], @r#"
    {
      "id": "断",
      "epoch": 1,
      "input": "押金不退怎么办？",
      "target": "第三条",
      "scores": {
        "citation": {
          "value": 0.0
        }
      },
      "metadata": {
        "type": "lookup",
        "cluster": "押金"
      },
      "model_usage": {},
      "total_time": 0.5,
      "uuid": "Run_1/断/1",
      "error": "断线 <timeout>",
      "completed": true,
      "message_count": 1
    }
    "#);
}

#[test]
fn long_texts_are_cut_in_summaries_only() {
    let long = "字".repeat(6_000);
    let mut sample = examples::sample("a", 1);
    sample.input.clone_from(&long);
    sample.grades.get_mut("content").unwrap().explanation = Some(long.clone());
    let header = header();
    let letters = |value: &Value| value.as_str().unwrap().chars().count();
    let summary = json!(sample::summary(&header, &sample));
    assert_eq!(letters(&summary["input"]), 5_120 + 3);
    assert_eq!(
        letters(&summary["scores"]["content"]["explanation"]),
        1_024 + 3
    );
    let whole = json!(sample::sample(&header, &sample));
    assert_eq!(letters(&whole["input"]), 6_000);
}

fn read(path: &Path) -> (Header, Option<Ended>, Vec<Sample>) {
    let log = Log::open(path).unwrap();
    let samples = log.samples().unwrap().collect::<Result<_, _>>().unwrap();
    (log.header, log.ended, samples)
}

/// Every form holds all of a run.
#[test]
fn what_is_read_is_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let journal = examples::journal(folder.path());
    let log = Log::open(&journal).unwrap();
    let expected = (header(), Some(ended()), samples());
    assert_eq!(read(&journal), expected);
    for (name, write) in [
        ("a.eval", write_archive as fn(&Log, &mut Out<'_>) -> _),
        ("a.json", write_document),
    ] {
        let path = folder.path().join(name);
        replace(&path, |out| write(&log, out)).unwrap();
        assert_eq!(read(&path), expected);
        // A log of a log is the same log.
        let again = folder.path().join("again");
        replace(&again, |out| write(&Log::open(&path).unwrap(), out)).unwrap();
        assert!(fs::read(&again).unwrap() == fs::read(&path).unwrap());
    }
}

#[rstest]
#[case(0)]
#[case(1)]
#[case(BATCH)]
#[case(BATCH + 1)]
#[case(2 * BATCH)]
fn a_run_of_any_length_is_written(#[case] count: usize) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.jsonl");
    let mut header = header();
    header.model = None;
    header.agent = None;
    let mut journal = Journal::create(&path, &header).unwrap();
    for at in 0..count {
        journal
            .append(&examples::sample(&at.to_string(), 1))
            .unwrap();
    }
    // It goes on: later samples do not belong to what was opened.
    let log = Log::open(&path).unwrap();
    journal.append(&examples::sample("late", 1)).unwrap();
    for (name, write) in [
        ("a.eval", write_archive as fn(&Log, &mut Out<'_>) -> _),
        ("a.json", write_document),
    ] {
        let path = folder.path().join(name);
        replace(&path, |out| write(&log, out)).unwrap();
        let (found, ended, samples) = read(&path);
        assert_eq!((found, ended, samples.len()), (header.clone(), None, count));
    }
}

#[rstest]
#[case::plain("policy-qa", "Run1", "2026-01-02T03-04-05+00-00_policy-qa_Run1")]
#[case::hyphen("inspect_evals/问_答", "a_b", "2026-01-02T03-04-05+00-00_问-答_a-b")]
#[case::hostile("..\\x:*\0", "/../", "2026-01-02T03-04-05+00-00_..-x---_-..-")]
fn names_are_those_of_inspect(#[case] suite: &str, #[case] run: &str, #[case] expected: &str) {
    let header = Header {
        suite: suite.into(),
        run: run.into(),
        ..header()
    };
    assert_eq!(stem(&header), expected);
}

#[test]
fn long_names_are_cut_between_letters() {
    let header = Header {
        suite: "题".repeat(200),
        run: "号".repeat(200),
        ..header()
    };
    let name = stem(&header);
    assert!(name.len() <= LONGEST && name.contains("题_号"), "{name}");
}
