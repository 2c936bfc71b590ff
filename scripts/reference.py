"""Renders our conversations and tokenises our hostile texts with `transformers` and `tokenizers`.

    python scripts/reference.py FOLDER

FOLDER holds `models/` of llama.cpp; `templates.json` and `tokens.json` are written beside it. Run by `scripts/reference`.
"""

import datetime
import inspect
import json
import os
import sys
from pathlib import Path

os.environ["TRANSFORMERS_VERBOSITY"] = "error"
os.environ["HF_HUB_OFFLINE"] = "1"

import gguf
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast, Qwen2Tokenizer
from transformers.convert_slow_tokenizer import TikTokenConverter
from transformers.utils import chat_template_utils

DATA = Path(__file__).parent.parent / "models/tests/data"
# Template, tokens that it may write first and last.
TEMPLATES = {
    "Qwen-Qwen2.5-7B-Instruct": ("", "<|im_end|>"),
    "Qwen-Qwen3-0.6B": ("", "<|im_end|>"),
    "Qwen-QwQ-32B": ("", "<|im_end|>"),
    "meta-llama-Llama-3.1-8B-Instruct": ("<|begin_of_text|>", "<|eot_id|>"),
    "meta-llama-Llama-3.2-3B-Instruct": ("<|begin_of_text|>", "<|eot_id|>"),
    "meta-llama-Llama-3.3-70B-Instruct": ("<|begin_of_text|>", "<|eot_id|>"),
    "Qwen3-Coder": ("", "<|im_end|>"),
    "Qwen3.5-4B": ("", "<|im_end|>"),
    "HuggingFaceTB-SmolLM3-3B": ("", "<|im_end|>"),
    "deepseek-ai-DeepSeek-R1-Distill-Llama-8B": ("<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>"),
    "deepseek-ai-DeepSeek-R1-Distill-Qwen-32B": ("<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>"),
}
NORMAL, CONTROL, USER_DEFINED = 1, 3, 4


class Today(datetime.datetime):
    """The clock of the templates stands still."""

    @classmethod
    def now(cls, tz=None):
        return cls(2026, 11, 21)


def conversation(entry):
    """Our form of a conversation as `transformers` wants it."""
    messages = []
    for message in entry["messages"]:
        message = dict(message)
        if "tool_calls" in message:
            message["tool_calls"] = [
                {"id": call["id"], "type": "function", "function": {"name": call["name"], "arguments": call["arguments"]}}
                for call in message["tool_calls"]
            ]
        messages.append(message)
    return messages, [{"type": "function", "function": tool} for tool in entry["tools"]] or None


def render(folder):
    chat_template_utils.datetime = Today
    rendered, refused = {}, {}
    for name, (bos, eos) in TEMPLATES.items():
        tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.BPE()))
        tokenizer.chat_template = (folder / f"models/templates/{name}.jinja").read_text()
        tokenizer.bos_token, tokenizer.eos_token = bos or None, eos
        texts = []
        for entry in json.loads((DATA / "conversations.json").read_text()):
            messages, tools = conversation(entry)
            for thinking in (True, False):
                for prompt in (True, False):
                    try:
                        text = tokenizer.apply_chat_template(
                            messages,
                            tools=tools,
                            tokenize=False,
                            add_generation_prompt=prompt,
                            enable_thinking=thinking,
                        )
                    except Exception as error:  # A template may refuse a conversation; then we must, too.
                        text = None
                        refused[f"{name}: {error}"] = refused.get(f"{name}: {error}", 0) + 1
                    texts.append(
                        {"conversation": entry["name"], "thinking": thinking, "generation_prompt": prompt, "text": text}
                    )
        rendered[name] = {"bos": bos, "eos": eos, "texts": texts}
    for reason, count in refused.items():
        print(f"refused {count} times by {reason}")
    return rendered


def vocabulary(path):
    fields = gguf.GGUFReader(path).fields
    tokens = fields["tokenizer.ggml.tokens"].contents()
    kinds = fields["tokenizer.ggml.token_type"].contents()
    merges = [tuple(merge.split(" ")) for merge in fields["tokenizer.ggml.merges"].contents()]
    normal = {token: i for i, (token, kind) in enumerate(zip(tokens, kinds)) if kind == NORMAL}
    added = [(token, kind) for token, kind in zip(tokens, kinds) if kind in (CONTROL, USER_DEFINED)]
    return normal, merges, [AddedToken(token, special=kind == CONTROL, normalized=False) for token, kind in added]


def qwen2(path):
    normal, merges, added = vocabulary(path)
    tokenizer = Qwen2Tokenizer(vocab=normal, merges=merges).backend_tokenizer
    tokenizer.add_tokens(added)
    return tokenizer


def llama3(path):
    """As `transformers` converts Meta's own file: its pattern, and whole words first."""
    normal, merges, added = vocabulary(path)
    pattern = inspect.signature(TikTokenConverter.__init__).parameters["pattern"].default
    tokenizer = Tokenizer(models.BPE(vocab=normal, merges=merges, fuse_unk=False, ignore_merges=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(pattern), behavior="isolated", invert=False),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_tokens(added)
    return tokenizer


def tokenise(folder):
    result = {}
    texts = json.loads((DATA / "hostile.json").read_text())
    for name, make in (("qwen2", qwen2), ("llama-bpe", llama3)):
        path = folder / f"models/ggml-vocab-{name}.gguf"
        tokenizer = make(path)
        rows = []
        for text in texts:
            tokenizer.encode_special_tokens = False
            special = tokenizer.encode(text, add_special_tokens=False).ids
            tokenizer.encode_special_tokens = True
            plain = tokenizer.encode(text, add_special_tokens=False).ids
            decoded = tokenizer.decode(plain, skip_special_tokens=False)
            rows.append({"text": text, "special": special, "plain": plain, "decoded": decoded})
        # What the makers' own tokenizer says, by way of llama.cpp.
        given = path.with_suffix(".gguf.inp").read_text().split("\n__ggml_vocab_test__\n")
        ids = path.with_suffix(".gguf.out").read_text().splitlines()
        makers = [{"text": text, "ids": [int(i) for i in line.split()]} for text, line in zip(given, ids)]
        result[name] = {"texts": rows, "makers": makers}
    return result


def main():
    folder = Path(sys.argv[1])
    for name, value in (("templates", render(folder)), ("tokens", tokenise(folder))):
        (folder / f"{name}.json").write_text(json.dumps(value))
        print(f"{folder / name}.json")


main()
