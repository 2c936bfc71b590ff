"""Asks a running server through OpenAI's own client, as any chat program would.

    python3 -m venv target/openai && target/openai/bin/pip install openai==3.52.0
    CHENGZHI_URL=http://127.0.0.1:8787 target/openai/bin/python scripts/openai_client.py

CHENGZHI_QUESTION asks something else; CHENGZHI_TOKEN asks as its bearer. The last line is `N passed, N failed`; the exit
code is 1 on failure. This checks the form of answers, not what they say. It passes without a model and with one.
"""

import os
import re
import sys
import urllib.error
import urllib.request

import openai

URL = os.environ.get("CHENGZHI_URL", "http://127.0.0.1:8787").rstrip("/")
QUESTION = os.environ.get("CHENGZHI_QUESTION", "租房押金房东不退怎么办？")
AGENT = os.environ.get("CHENGZHI_AGENT", "policy-qa")
# The client insists on a key; this one stands for none.
TOKEN = os.environ.get("CHENGZHI_TOKEN", "anonymous")

client = openai.OpenAI(base_url=f"{URL}/v1", api_key=TOKEN, max_retries=0, timeout=60)
messages = [{"role": "user", "content": QUESTION}]


def check_annotations(content, annotations):
    """Each annotation stands at its mark and names a passage that is there."""
    assert annotations, "an answered question has sources"
    for annotation in annotations:
        citation = annotation["url_citation"]
        mark = content[citation["start_index"] : citation["end_index"]]
        assert re.fullmatch(r"\[\d+\]", mark), mark
        assert citation["title"] and citation["url"].startswith("/v1/passages/"), citation
    request = urllib.request.Request(URL + annotations[0]["url_citation"]["url"])
    if TOKEN != "anonymous":
        request.add_header("Authorization", f"Bearer {TOKEN}")
    assert urllib.request.urlopen(request).status == 200


def models():
    names = [model.id for model in client.models.list()]
    assert AGENT in names, names
    assert client.models.retrieve(AGENT).object == "model"


def completion():
    answer = client.chat.completions.create(model=AGENT, messages=messages)
    choice = answer.choices[0]
    assert (choice.finish_reason, choice.message.role) == ("stop", "assistant")
    assert answer.answer["status"] in ("answered", "partial"), answer.answer["status"]
    check_annotations(choice.message.content, [annotation.model_dump() for annotation in choice.message.annotations])
    assert answer.answer["label"] in choice.message.content
    assert answer.answer["aigc"]["Label"] == "1"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def stream():
    whole = client.chat.completions.create(model=AGENT, messages=messages).choices[0].message
    text, pieces, annotations, usage, finished, final = "", 0, None, None, None, None
    options = {"include_usage": True}
    for chunk in client.chat.completions.create(model=AGENT, messages=messages, stream=True, stream_options=options):
        usage = chunk.usage or usage
        final = (chunk.model_extra or {}).get("answer") or final
        for choice in chunk.choices:
            if choice.delta.content:
                text, pieces = text + choice.delta.content, pieces + 1
            annotations = (choice.delta.model_extra or {}).get("annotations") or annotations
            finished = choice.finish_reason or finished
    assert finished == "stop" and usage.completion_tokens == len(text)
    assert pieces >= 2, "sentences come one by one"
    if final["mode"] == "off":
        assert text == whole.content, "the stream adds up to the same text"
        assert len(annotations) == len(whole.annotations)
    else:
        # A model worded the answer: it stands below the quoted one.
        assert text.index(final["lead"]) > 0 and all(sentence["text"] in text for sentence in final["sentences"])
    check_annotations(text, annotations)


def follow_up():
    history = messages + [{"role": "assistant", "content": "见上。"}, {"role": "user", "content": "那要带什么材料？"}]
    answer = client.chat.completions.create(model=AGENT, messages=history, temperature=0.2, max_tokens=64)
    assert answer.answer["question"] == "那要带什么材料？"


def extensions():
    extra = {"as_of": "2026-01-31"}
    answer = client.chat.completions.create(model=AGENT, messages=messages, extra_body=extra)
    assert answer.answer["as_of"] == "2026-01-31"


def errors():
    cases = [
        (openai.NotFoundError, "unknown_agent", lambda: client.chat.completions.create(model="nobody", messages=messages)),
        (openai.BadRequestError, "no_question", lambda: client.chat.completions.create(model=AGENT, messages=[])),
        (openai.BadRequestError, "invalid_date", lambda: client.chat.completions.create(model=AGENT, messages=messages, extra_body={"as_of": "昨天"})),
        (openai.AuthenticationError, "invalid_token", lambda: client.with_options(api_key="cz_wrong").models.list()),
    ]
    for kind, code, ask in cases:
        try:
            ask()
        except kind as error:
            assert error.code == code and error.body["message"], error
        else:
            raise AssertionError(f"{code} expected")


def main():
    failed = 0
    checks = [models, completion, stream, follow_up, extensions, errors]
    for check in checks:
        try:
            check()
            print(f"ok      {check.__name__}")
        except (AssertionError, AttributeError, KeyError, TypeError, openai.OpenAIError, urllib.error.URLError) as problem:
            failed += 1
            print(f"FAILED  {check.__name__}: {type(problem).__name__}: {problem}")
    print(f"{len(checks) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
