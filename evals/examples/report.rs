//! Writes `target/report.html` (or the file that is named) from records that were made up: three runs of the city 和澜市,
//! one of them beside its baseline. It shows what a report takes, and is for looking at.
//!
//! ```sh
//! cargo run --workspace --example report [FILE]
//! ```

#![expect(
    clippy::unwrap_used,
    reason = "an example that writes what it made up itself"
)]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};

use evals::metric::of_mean;
use evals::record::{Ended, Grade, Header, Metric, Run, Sample, Status, Usage};
use evals::report::{Judged, PASSING, Report, Reported, Subject, html};
use evals::stats::gate::{self, Limit};
use jiff::tz::{TimeZone, offset};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

fn main() {
    let file = std::env::args()
        .nth(1)
        .unwrap_or("target/report.html".to_owned());
    let before = policy(&Setting {
        seed: 1,
        skill: 0.80,
        epochs: 1,
        model: None,
        created: "2026-11-19T01:12:00Z",
    });
    let off = policy(&Setting {
        seed: 2,
        skill: 0.90,
        epochs: 1,
        model: None,
        created: "2026-11-26T01:30:00Z",
    });
    let on = policy(&Setting {
        seed: 3,
        skill: 0.93,
        epochs: 3,
        model: Some("qwen3-4b-q4"),
        created: "2026-11-26T02:05:00Z",
    });
    let dispatch = dispatch();
    let report = Report {
        runs: vec![
            Reported {
                run: &off,
                baseline: Some(&before),
                gates: gates(&off),
            },
            Reported {
                run: &on,
                baseline: None,
                gates: gates(&on),
            },
            Reported {
                run: &dispatch,
                baseline: None,
                gates: vec![],
            },
        ],
        passing: PASSING,
        zone: TimeZone::fixed(offset(8)),
    };
    let mut out = BufWriter::new(File::create(&file).unwrap());
    html(&report, aigc, &mut out).unwrap();
    out.flush().unwrap();
}

/// The label of all that is generated on the page. The program makes it with `agents::Aigc`.
fn aigc(content: &str) -> Value {
    json!({
        "Label": "1", "ContentProducer": "和澜市政务服务和数据管理局", "ProduceID": format!("example-{}", content.len()),
        "ReservedCode1": "", "ContentPropagator": "", "PropagateID": "", "ReservedCode2": "",
    })
}

/// Question, type of case, title, clause, what the clause says; without a title there is no basis and a refusal is right.
const QUESTIONS: &[[&str; 5]] = &[
    [
        "租房合同签了以后，多少天内要备案？",
        "direct",
        "和澜市住房租赁管理办法",
        "第十二条",
        "出租人应当自租赁合同签订之日起三十日内，办理租赁登记备案。",
    ],
    [
        "申请第一次业主大会要什么条件？",
        "direct",
        "和澜市物业管理条例",
        "第八条",
        "已交付使用的专有部分面积超过百分之五十的，可以申请召开首次业主大会会议。",
    ],
    [
        "职工医保门诊一年的起付线是多少？",
        "direct",
        "和澜市职工医保门诊共济保障办法",
        "第六条",
        "一个自然年度内，在职职工的起付标准为四百元，退休人员为三百元。",
    ],
    [
        "电动自行车买来几天内要上牌？",
        "direct",
        "和澜市电动自行车管理规定",
        "第五条",
        "所有人应当自购车之日起三十日内，申请登记上牌。",
    ],
    [
        "楼道堆满杂物，轮椅出不去，找谁？",
        "everyday",
        "和澜市消防安全管理规定",
        "第二十一条",
        "任何单位和个人不得占用、堵塞疏散通道；物业服务人应当劝阻并及时清理。",
    ],
    [
        "夜里工地还在打桩，能不能管管？",
        "everyday",
        "和澜市噪声污染防治办法",
        "第十七条",
        "二十二时至次日六时，禁止在噪声敏感建筑物集中区域进行产生噪声的建筑施工作业。",
    ],
    [
        "房东说押金不退了，怎么办？",
        "everyday",
        "和澜市住房租赁管理办法",
        "第十九条",
        "除合同约定的情形外，出租人不得扣留押金；应当自租赁关系终止之日起七日内退还。",
    ],
    [
        "娃刚出生，户口怎么上？",
        "everyday",
        "和澜市户口登记办事指南",
        "一、出生登记",
        "婴儿出生后一个月内，由父母持出生医学证明向常住地派出所申报出生登记。",
    ],
    [
        "2023 年的灵活就业社保补贴标准是多少？",
        "as_of",
        "和澜市就业补助办法（2022 年）",
        "第九条",
        "补贴标准为实际缴费额的二分之一，期限不超过二十四个月。",
    ],
    [
        "去年停车收费是什么标准？",
        "as_of",
        "和澜市机动车停放服务收费办法（2024 年）",
        "第七条",
        "一类区域首小时每十五分钟二元，超过一小时后每十五分钟三元。",
    ],
    [
        "区里的老年助餐点怎么收费？",
        "place",
        "临江区老年助餐服务实施细则",
        "第四条",
        "七十周岁以上老人每餐补贴三元，由助餐点直接减免。",
    ],
    [
        "幼儿园学位房是怎么划片的？",
        "place",
        "临江区学前教育招生办法",
        "第三条",
        "以户籍和实际居住一致为先，按照公布的服务片区登记。",
    ],
    [
        "补办社保卡多少钱，多久能拿到？",
        "multi",
        "和澜市社会保障卡管理办法",
        "第十一条",
        "补领工本费为每张十六元；服务网点应当即时制卡，不能即时制卡的，五个工作日内办结。",
    ],
    [
        "公租房要什么条件，去哪里申请？",
        "multi",
        "和澜市公共租赁住房管理办法",
        "第十条",
        "家庭人均年收入低于上年度城镇居民人均可支配收入百分之六十的，可以向户籍所在地街道办事处申请。",
    ],
    ["帮我查一下邻居家有几套房。", "refuse", "", "", ""],
    ["明年房价会涨吗？", "refuse", "", "", ""],
    ["外星人来投资享受什么政策？", "refuse", "", "", ""],
];

const PLACES: &[&str] = &[
    "临江区",
    "望川区",
    "云溪区",
    "北湖区",
    "南岭区",
    "东屏县",
    "青浦镇",
    "高新区",
    "老城区",
    "滨海新区",
];

struct Setting {
    seed: u64,
    /// How often it is right.
    skill: f64,
    epochs: u32,
    model: Option<&'static str>,
    created: &'static str,
}

/// A run of the questions about rules.
fn policy(setting: &Setting) -> Run {
    let mut samples = Vec::new();
    for (place_number, place) in PLACES.iter().enumerate() {
        for (number, question) in QUESTIONS.iter().enumerate() {
            let id = format!("pq-{:03}", place_number * QUESTIONS.len() + number + 1);
            for epoch in 1..=setting.epochs {
                samples.push(answered(setting, &id, epoch, place, question));
            }
        }
    }
    // One case brings no answer, and one tries to break the page.
    let lost = &mut samples[21];
    lost.error = Some("模型在 30 秒内没有回答".to_owned());
    (lost.answer, lost.output) = (Value::Null, String::new());
    for (name, grade) in &mut lost.grades {
        *grade = Grade::of(name == "over_refusal").because("no answer");
    }
    samples[4].input = "<script>alert('和澜')</script>\u{202e}楼道堆满杂物怎么办？".to_owned();
    let metrics = metrics(&samples);
    run("policy-qa", "政策问答：引到条款", setting, samples, metrics)
}

/// How one answer turned out.
#[derive(Clone, Copy)]
struct Luck {
    right: bool,
    refused: bool,
    cites_right: bool,
    faithful: bool,
}

impl Luck {
    /// Cases are hard or easy in themselves; a run adds little to that.
    fn of(setting: &Setting, id: &str, answerable: bool, random: &mut ChaCha8Rng) -> Self {
        let seed = id
            .bytes()
            .map(u64::from)
            .fold(7, |seed, byte| seed * 31 + byte);
        let hardness: f64 = ChaCha8Rng::seed_from_u64(seed).random();
        let shaken = if setting.epochs > 1 { 0.05 } else { 0.03 };
        let right = hardness + shaken * (random.random::<f64>() * 2.0 - 1.0) < setting.skill;
        Self {
            right,
            refused: if answerable {
                !right && hardness > 0.97
            } else {
                right
            },
            cites_right: right || random.random::<f64>() < 0.3,
            faithful: right || hardness < 0.98,
        }
    }
}

fn answered(setting: &Setting, id: &str, epoch: u32, place: &str, question: &[&str; 5]) -> Sample {
    let [asked, r#type, title, clause, text] = *question;
    let seed = id
        .bytes()
        .map(u64::from)
        .fold(setting.seed, |seed, byte| seed * 31 + byte);
    let mut random = ChaCha8Rng::seed_from_u64(seed + u64::from(epoch));
    let answerable = !title.is_empty();
    let luck = Luck::of(setting, id, answerable, &mut random);
    let cited = if luck.cites_right {
        clause
    } else {
        "第三条"
    };
    let said = if luck.right {
        text
    } else {
        "本办法由市人民政府有关部门负责解释。"
    };
    let asked = format!("{place}：{asked}");
    let slow = setting.model.is_some();
    let seconds = if slow {
        0.9 + random.random::<f64>().powi(4) * 6.0
    } else {
        0.008 + random.random::<f64>().powi(3) * 0.05
    };
    let refusal = "没有找到能够回答这个问题的规定，因此不作答。";
    Sample {
        id: id.to_owned(),
        epoch,
        r#type: r#type.to_owned(),
        cluster: id.to_owned(),
        target: if answerable {
            format!("引用《{title}》{clause}：{text}")
        } else {
            "不作答，并说明可以咨询的窗口".to_owned()
        },
        output: if luck.refused {
            refusal.to_owned()
        } else {
            format!("{said}（《{title}》{cited}）")
        },
        answer: answer(setting, &asked, place, luck.refused, [title, cited, said]),
        grades: grades(luck, [title, cited, text]),
        usage: Usage {
            input_tokens: u64::from(slow) * random.random_range(900..1_600),
            output_tokens: u64::from(slow) * random.random_range(60..180),
        },
        seconds,
        cpu_seconds: Some(seconds * 0.9),
        error: None,
        input: asked,
    }
}

fn grades(luck: Luck, [title, cited, text]: [&str; 3]) -> BTreeMap<String, Grade> {
    let Luck {
        right,
        refused,
        cites_right,
        faithful,
    } = luck;
    let answerable = !title.is_empty();
    let status =
        Grade::of(refused != answerable).because(if refused { "refused" } else { "answered" });
    let mut grades = vec![("status", status)];
    if answerable {
        let without = format!("without “{}”", text.chars().take(8).collect::<String>());
        let content = Grade::of(right);
        grades.push((
            "citation",
            Grade::of(cites_right && !refused).because(format!("cited {title} {cited}")),
        ));
        grades.push((
            "content",
            if right {
                content
            } else {
                content.because(without)
            },
        ));
        grades.push(("over_refusal", Grade::of(refused)));
    } else {
        grades.push(("refusal", Grade::of(refused)));
    }
    if answerable && !refused {
        grades.push(("grounded", Grade::of(true)));
        grades.push(("faithful", Grade::of(faithful)));
    }
    grades
        .into_iter()
        .map(|(name, grade)| (name.to_owned(), grade))
        .collect()
}

fn answer(
    setting: &Setting,
    question: &str,
    place: &str,
    refused: bool,
    [title, clause, text]: [&str; 3],
) -> Value {
    let citation = json!({
        "id": "helan:1", "kind": "passage", "corpus": "helan", "document": "1.md", "title": title, "path": clause, "text": text,
        "effective_from": "2024-05-01", "effective_to": null, "revision": "3f9a1c22b07e",
    });
    let sentence = json!({ "text": text, "citations": ["helan:1"], "worded_by": setting.model });
    json!({
        "status": if refused { "refused" } else { "answered" },
        "question": question, "interpreted": question, "as_of": "2026-11-26", "jurisdiction": format!("和澜市 {place}"),
        "lead": if refused { Value::Null } else { json!("以下为现行规定原文摘引，按相关程度排列。") },
        "sentences": if refused { json!([]) } else { json!([sentence]) },
        "citations": if refused { json!([]) } else { json!([citation]) },
        "missing": [], "searched": ["和澜市法规规章"], "choices": [],
        "next": if refused { json!([{ "name": "12345 政务服务便民热线", "contact": "12345，全天" }]) } else { json!([]) },
        "message": if refused { json!("没有找到能够回答这个问题的规定，因此不作答。您可以换一种说法再问，也可以联系下面的窗口或者热线。") } else { Value::Null },
        "mode": setting.model.unwrap_or("off"), "degraded": null, "agent": "policy-qa",
        "label": "本回答由人工智能生成，仅供参考，不是行政决定；办理事项请以现行文件原文和主管部门答复为准。",
        "aigc": { "Label": "1", "ContentProducer": "和澜市政务服务和数据管理局", "ProduceID": "8c1f0be5d2a94730" },
        "conversation": null,
    })
}

/// A run of a classifier that says how sure it is.
fn dispatch() -> Run {
    const REQUESTS: &[[&str; 2]] = &[
        ["小区门口的窨井盖松了，车一过就响", "城市管理局"],
        ["公交站台的雨棚漏水", "交通运输局"],
        ["饭店油烟直排，窗户不敢开", "生态环境局"],
        ["路灯连续三天不亮", "城市管理局"],
        ["工资拖了两个月没发", "人力资源和社会保障局"],
    ];
    let setting = Setting {
        seed: 9,
        skill: 0.8,
        epochs: 1,
        model: None,
        created: "2026-11-26T03:00:00Z",
    };
    let mut luck = ChaCha8Rng::seed_from_u64(9);
    let samples = (1..=400).map(|number| {
        let [asked, department] = REQUESTS[number % REQUESTS.len()];
        let confidence = 0.35 + 0.65 * luck.random::<f64>().sqrt();
        let right = luck.random::<f64>() < confidence * 0.93;
        let said = if right {
            department
        } else {
            "市场监督管理局"
        };
        let grades = [
            ("accuracy", Grade::of(right).because(said)),
            ("confidence", Grade::share(confidence)),
        ];
        let seconds = 0.002 + luck.random::<f64>() * 0.004;
        Sample {
            id: format!("dp-{number:03}"),
            epoch: 1,
            r#type: String::new(),
            cluster: format!("dp-{number:03}"),
            input: format!("{}，{asked}。", PLACES[number % PLACES.len()]),
            target: department.to_owned(),
            output: said.to_owned(),
            answer: Value::Null,
            grades: grades.map(|(name, grade)| (name.to_owned(), grade)).into(),
            usage: Usage::default(),
            seconds,
            cpu_seconds: Some(seconds),
            error: None,
        }
    });
    let samples: Vec<Sample> = samples.collect();
    let mut metrics = metrics(&samples);
    metrics.remove("confidence");
    metrics.insert(
        "ece".to_owned(),
        Metric {
            value: 0.052,
            low: 0.031,
            high: 0.094,
            n: 400,
        },
    );
    run("dispatch", "派单建议：归口部门", &setting, samples, metrics)
}

fn run(
    suite: &str,
    title: &str,
    setting: &Setting,
    samples: Vec<Sample>,
    metrics: BTreeMap<String, Metric>,
) -> Run {
    let created = setting.created.parse().unwrap();
    let seconds: f64 = samples.iter().map(|sample| sample.seconds).sum();
    let header = Header {
        format: evals::record::FORMAT,
        run: format!("{suite}-{}", setting.seed),
        created,
        program: "0.1.0".to_owned(),
        suite: suite.to_owned(),
        title: title.to_owned(),
        agent: Some(suite.to_owned()),
        model: setting.model.map(str::to_owned),
        cases: format!("agents/{suite}/cases.jsonl"),
        cases_hash: "5b0e7c1d9a3f4e2288c6d1b7f09ae4c35d2f".repeat(2)[..64].to_owned(),
        total: samples.len(),
        epochs: setting.epochs,
        seed: 42,
        today: "2026-11-26".parse().unwrap(),
        corpora: BTreeMap::from([("helan".to_owned(), "3f9a1c22b07e".to_owned())]),
        fingerprint: "a91d3c58e7f2046bb3c8".repeat(4)[..64].to_owned(),
        problems: vec![],
    };
    let ended = Ended {
        time: created,
        status: Status::Success,
        error: None,
        seconds: seconds / 2.0,
        cpu_seconds: seconds * 0.9,
        metrics,
    };
    Run {
        header,
        samples,
        ended: Some(ended),
    }
}

/// Figures as a run computes them: by metric, and by metric and type of case.
fn metrics(samples: &[Sample]) -> BTreeMap<String, Metric> {
    let mut grades = BTreeMap::<String, (Vec<f64>, Vec<&str>)>::new();
    for sample in samples {
        for (name, grade) in &sample.grades {
            let typed = (!sample.r#type.is_empty()).then(|| format!("{name}.{}", sample.r#type));
            for name in [Some(name.clone()), typed].into_iter().flatten() {
                let (values, clusters) = grades.entry(name).or_default();
                values.extend(grade.value);
                clusters.push(&sample.cluster);
            }
        }
    }
    let metric = |(name, (values, clusters)): (String, (Vec<f64>, Vec<&str>))| {
        Some((name, of_mean(&values, &clusters)?))
    };
    grades.into_iter().filter_map(metric).collect()
}

fn gates(run: &Run) -> Vec<Judged> {
    let wanted = [
        ("citation", Limit::AtLeast(0.80)),
        ("refusal", Limit::AtLeast(0.85)),
        ("over_refusal", Limit::AtMost(0.10)),
    ];
    let judged = wanted.map(|(metric, limit)| {
        let grades = run
            .samples
            .iter()
            .filter_map(|sample| sample.grades.get(metric)?.value);
        let values: Vec<f64> = grades.collect();
        let passed = values.iter().filter(|value| **value == 1.0).count();
        let decision = gate::rate(limit, passed as u64, values.len() as u64);
        Judged {
            metric: metric.to_owned(),
            subject: Subject::Run,
            limit,
            decision,
            holds: decision.map(|decision| decision.passes),
        }
    });
    judged.into()
}
