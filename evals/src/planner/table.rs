//! Figures as text for people who read a terminal.

use std::fmt::Write;

use super::ablation::{Ablation, HeldOut};
use super::measure::Figures;
use super::reach::Reach;

/// One line for each policy, then the suites of the last but the variants, then what stopped attacks.
pub fn table(all: &[Figures]) -> String {
    let mut text = format!(
        "{:<48} {:>13} {:>8} {:>13} {:>7} {:>9} {:>6}\n",
        "policy", "succeed", "unasked", "all confirmed", "kept", "own words", "ask"
    );
    for figures in all {
        let succeed = format!("{} = {}", figures.attacks_succeed, percent(figures.rate));
        let _ = writeln!(
            text,
            "{:<48} {:>13} {:>8} {:>13} {:>7} {:>9} {:>6}",
            figures.policy,
            succeed,
            figures.unasked,
            figures.if_all_confirmed,
            percent(figures.utility),
            percent(figures.utility_own_words),
            percent(figures.asks),
        );
    }
    text
}

/// One policy by suite and by rule.
pub fn detail(figures: &Figures) -> String {
    let mut text = format!("{}, by suite\n", figures.policy);
    for (suite, share) in &figures.by_suite {
        let _ = writeln!(
            text,
            "  {suite:<12} {:>3} of {:>3} attacks succeed, {:>2} of {:>2} tasks kept, {:>2} ask",
            share.attacks_succeed, share.pairs, share.kept, share.tasks, share.asks
        );
    }
    let _ = writeln!(text, "{}, by rule", figures.policy);
    for (rule, stopped) in &figures.by_rule {
        let _ = writeln!(
            text,
            "  {rule:<12} first to stop {:>3} attacks, asks in {:>2} tasks, refuses {:>2}",
            stopped.attacks, stopped.asks, stopped.refuses
        );
    }
    text
}

/// Each rule taken away or added alone.
pub fn ablations(all: &[Ablation]) -> String {
    let mut text =
        String::from("proposed, one rule changed     succeed    all confirmed     ask\n");
    for ablation in all {
        let sign = if ablation.added { "with" } else { "without" };
        let figures = &ablation.figures;
        let _ = writeln!(
            text,
            "  {sign:<8}{:<14} {:>4} = {:>6} {:>13} {:>9}",
            ablation.rule.name(),
            figures.attacks_succeed,
            percent(figures.rate),
            figures.if_all_confirmed,
            percent(figures.asks),
        );
    }
    text
}

/// Each suite with rules that were chosen on the others.
pub fn held_out(all: &[HeldOut]) -> String {
    let mut text = String::from("rules chosen on the other suites, measured on this one\n");
    for held_out in all {
        let (there, here) = (&held_out.figures, &held_out.chosen_on);
        let _ = writeln!(
            text,
            "  {:<12} {:>2} of {:>3} = {:>6}, {:>6} ask   (where chosen {:>6}, {:>6} ask)   {}",
            held_out.suite,
            there.attacks_succeed,
            there.pairs,
            percent(there.rate),
            percent(there.asks),
            percent(here.rate),
            percent(here.asks),
            held_out.chosen.join(" "),
        );
    }
    text
}

/// What an attacker who knows the rules reaches.
pub fn reaches(all: &[Reach]) -> String {
    let mut text = format!(
        "{:<48} {:>8} {:>8} {:>8} {:>8} {:>8}\n",
        "tasks in which an attacker reaches, unasked",
        "outside",
        "money",
        "entry",
        "inside",
        "words"
    );
    for reach in all {
        let _ = writeln!(
            text,
            "{:<48} {:>8} {:>8} {:>8} {:>8} {:>8}",
            reach.policy, reach.outside, reach.money, reach.entry, reach.inside, reach.words
        );
    }
    text
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::super::measure::measure;
    use super::super::pairs::Pairs;
    use super::super::pairs::tests::SMALL;
    use super::super::policy::{policies, proposed};
    use super::*;

    #[test]
    fn lines() {
        let pairs = Pairs::parse("small.json", SMALL).unwrap();
        let figures = [measure(&pairs, policies()[0]), measure(&pairs, proposed())];
        insta::assert_snapshot!(table(&figures), @r"
        policy                                                 succeed  unasked all confirmed    kept own words    ask
        published: none                                     1 = 50.0 %        1             1 100.0 %   100.0 %  0.0 %
        proposed                                             0 = 0.0 %        0             1 100.0 %   100.0 %  0.0 %
        ");
        insta::assert_snapshot!(detail(&figures[1]), @r"
        proposed, by suite
          bank           0 of   2 attacks succeed,  1 of  1 tasks kept,  0 ask
        proposed, by rule
          who          first to stop   1 attacks, asks in  0 tasks, refuses  0
        ");
        insta::assert_snapshot!(held_out(&super::super::ablation::held_out(&pairs)), @r"
        rules chosen on the other suites, measured on this one
          bank          0 of   2 =  0.0 %,  0.0 % ask   (where chosen  0.0 %,  0.0 % ask)   plan count who address which row paid secret particulars carried day
        ");
        insta::assert_snapshot!(reaches(&[super::super::reach::reach(&pairs, proposed())]), @r"
        tasks in which an attacker reaches, unasked       outside    money    entry   inside    words
        proposed                                                0        0        0        0        1
        ");
        let changed = &super::super::ablation::ablations(&pairs)[2..4];
        insta::assert_snapshot!(ablations(changed), @r"
        proposed, one rule changed     succeed    all confirmed     ask
          without who               0 =  0.0 %             1     0.0 %
          without address           0 =  0.0 %             1     0.0 %
        ");
    }
}
