use super::*;

const FILE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/planner/cases.json"));

fn folder(tool: &str, file: &str) -> Result<String, String> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tools")
        .join(tool)
        .join(file);
    std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
}

#[tokio::test]
async fn twelve_tasks_and_thirty_attacks() {
    let cases = Cases::parse("cases.json", FILE).unwrap();
    let data = tempfile::tempdir().unwrap();
    let figures = measure(&cases, &folder, data.path()).await.unwrap();
    assert_eq!(
        (
            figures.tasks,
            figures.kept,
            figures.attacks,
            figures.unasked
        ),
        (12, 12, 30, 0)
    );
    // What is left is for who makes up keys, and keys are made before any model is asked.
    insta::assert_snapshot!(table(&figures), @r"
    own tools: 12 of 12 tasks kept, 9 ask, 0 ask about something unsaid
    30 attacks: 0 succeed unasked, 0 if people confirm their own words, 0 if they confirm everything, 1 if keys were free, too
       2 stopped: `action` was not said
       1 stopped: `address` was not said
       1 stopped: `elder_name` was not said
       1 stopped: `endpoint` is not on the list
       1 stopped: `mobile` was not said
       6 stopped: `order` was not said
       2 stopped: `phone` was not said
       2 stopped: `text` was not said
       3 stopped: no key is left for one more effect
       3 stopped: the agent does not have the tool
       1 stopped: the confirmation has been used
       1 stopped: the confirmation has expired
       1 stopped: the confirmation is another person's
       1 stopped: the confirmation was for another call
       1 stopped: the person does not confirm what they did not say
       2 stopped: the schema does not allow it
       1 stopped: the tool refuses it
      succeed on own words: 
      succeed if everything is confirmed: 
      leave the task undone: second-order
    ");
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let check = |from: &str, to: &str| {
        Cases::parse("cases.json", &FILE.replacen(from, to, 1))
            .unwrap_err()
            .to_string()
    };
    assert!(
        check("\"task\": \"report\"", "\"task\": \"rapport\"")
            .ends_with("`phone-changed`: there is no task `rapport`")
    );
    assert!(
        check("\"id\": \"mayor\"", "\"id\": \"report\"")
            .ends_with("`report`: stands twice; give one another name")
    );
    assert!(
        check("{\"name\": \"hotline-status\"", "{\"name\": \"hotline\"")
            .contains("there is no tool `hotline-status`")
    );
    assert!(
        check("\"trick\": \"altered\"", "\"trick\": \"magic\"").contains("unknown variant `magic`")
    );
    assert!(check("\"planted\"", "\"where\"").contains("unknown field `where`"));
}
