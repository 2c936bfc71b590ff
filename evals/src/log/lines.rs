//! One JSON object a line for each sample, for people and programs that want nothing else: the samples of a journal without
//! its header and its end.

use super::Log;
use super::replace::Out;
use crate::error::Error;

/// Writes the lines.
///
/// # Errors
/// Of reading the log, or [`Error::File`].
pub fn write(log: &Log, out: &mut Out<'_>) -> Result<(), Error> {
    let mut line = Vec::new();
    for sample in log.samples()? {
        line.clear();
        serde_json::to_writer(&mut line, &sample?)
            .expect("memory takes every byte, and every key of a sample is text");
        line.push(b'\n');
        out.put(&line)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::examples::{self, samples};
    use super::*;
    use crate::record::Sample;

    #[test]
    fn every_line_is_a_sample() {
        let text = examples::written(write);
        let read = text.lines().map(serde_json::from_str::<Sample>);
        assert_eq!(read.collect::<Result<Vec<_>, _>>().unwrap(), samples());
        insta::assert_snapshot!(text.lines().nth(2).unwrap(), @r#"{"id":"断","epoch":1,"type":"lookup","cluster":"押金","input":"押金不退怎么办？","target":"第三条","output":"","grades":{"citation":{"value":0.0}},"usage":{"input_tokens":0,"output_tokens":0},"seconds":0.5,"error":"断线 <timeout>"}"#);
    }
}
