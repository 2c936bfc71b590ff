//! The same promises with a true decoder: tiny models with random weights.

use super::*;
use futures::stream::FuturesUnordered;

fn open(name: &str, options: LocalOptions) -> Local {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/tiny")
        .join(name);
    let options = LocalOptions {
        threads: NonZeroUsize::new(2),
        ..options
    };
    Local::open(name, &folder, &options).unwrap()
}

fn options() -> LocalOptions {
    LocalOptions {
        context: 600,
        parallel: 16,
        cache_tokens: 8_000,
        ..LocalOptions::default()
    }
}

fn question(who: usize) -> ChatRequest {
    ChatRequest {
        messages: vec![
            Message::system("按现行规定回答，逐句注明出处。".repeat(1 + who % 3)),
            Message::user(
                "城市道路挖掘需要谁批准？"
                    .chars()
                    .cycle()
                    .take(10 + 7 * who)
                    .collect::<String>(),
            ),
        ],
        max_tokens: 12 + who as u32 % 5,
        seed: who as u64,
        sampling: Sampling {
            temperature: 1.0,
            ..Sampling::default()
        },
        ..ChatRequest::default()
    }
}

#[test]
fn answers_are_equal_alone_and_among_fifteen_others() {
    for name in ["qwen2", "qwen3"] {
        let alone = open(name, options());
        let expected: Vec<_> = (0..16)
            .map(|who| deltas(&alone, question(who)).unwrap())
            .collect();
        // Once with room for all, once with so little that sequences lose their pages.
        for cache_tokens in [8_000, 600] {
            let options = LocalOptions {
                cache_tokens,
                ..options()
            };
            let together = open(name, options);
            let order: Vec<usize> = (0..16).map(|at| at * 7 % 16).collect();
            let streams = order
                .iter()
                .map(|&who| together.chat(question(who)).collect::<Vec<_>>());
            for (who, answer) in order.iter().zip(block_on(join_all(streams))) {
                let answer = answer.into_iter().collect::<Result<Vec<_>, _>>().unwrap();
                assert_eq!(
                    text(&answer),
                    text(&expected[*who]),
                    "{name}, {cache_tokens} tokens, number {who}"
                );
                assert_eq!(
                    usage(&answer).output_tokens,
                    usage(&expected[*who]).output_tokens
                );
            }
        }
    }
}

#[test]
fn random_weights_call_tools_that_parse() {
    let local = open("qwen3", options());
    for seed in 0..6 {
        let mut request = request("水位？");
        request.seed = seed;
        request.sampling.temperature = 1.0;
        request.max_tokens = 80;
        request.tools = vec![tool()];
        request.constraint = Some(Constraint::Tool);
        let got = deltas(&local, request).unwrap();
        assert_eq!(stop(&got), Some(Stop::ToolCalls));
        assert!(got.last().unwrap().tool_calls[0].arguments["station"].is_string());
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "shows what was measured")]
fn of_sixty_four_conversations_none_is_far_behind() {
    let local = open("qwen3", options());
    let ask = |who: usize, turn: usize| {
        let mut request = question(who % 16);
        request.seed = (100 * turn + who) as u64;
        let stream = local.chat(request).map(move |delta| (who, turn, delta));
        stream.boxed_local().into_future()
    };
    let mut streams: FuturesUnordered<_> = (0..64).map(|who| ask(who, 0)).collect();
    let mut tokens = [0; 64];
    block_on(async {
        while let Some((next, rest)) = streams.next().await {
            let (who, turn, delta) = next.expect("a stream ends with a stop");
            tokens[who] += 1;
            if tokens[who] >= 60 {
                break;
            }
            // Whoever has his answer asks at once again. Noise may have the mark in it that ends a thought.
            let done = match delta {
                Ok(delta) => delta.stop.is_some(),
                Err(Error::Garbage { .. }) => true,
                Err(error) => panic!("{error}"),
            };
            streams.push(if done {
                ask(who, turn + 1)
            } else {
                rest.into_future()
            });
        }
    });
    let least = tokens.iter().min().unwrap();
    println!("tokens of the slowest when the fastest had 60: {least}");
    assert!(3 * least >= 60, "{tokens:?}");
}

/// Kilobytes of memory that this process holds.
fn resident() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = text.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * 4)
}

/// Run it with `--ignored --nocapture`: other tests in the same process would disturb the measurement.
#[test]
#[ignore = "measures the memory of the process"]
#[expect(clippy::print_stdout, reason = "shows what was measured")]
fn memory_is_flat_over_a_thousand_turns() {
    // Memory of the cache counts once it is touched: a small one is touched as a whole by the first turns.
    let options = LocalOptions {
        cache_tokens: 1_000,
        ..options()
    };
    let local = open("qwen3", options);
    let mut measured = Vec::new();
    for turn in 0..1_000 {
        let mut request = question(turn % 24);
        request.seed = turn as u64;
        match deltas(&local, request) {
            Ok(got) => assert!(stop(&got).is_some()),
            Err(error) => assert!(matches!(error, Error::Garbage { .. }), "{error}"),
        }
        if turn % 100 == 99 {
            measured.extend(resident());
        }
    }
    println!("kilobytes after each 100 turns: {measured:?}");
    if let [_, second, .., last] = measured[..] {
        assert!(last <= second + 512, "{measured:?}");
    }
}
