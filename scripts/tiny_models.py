"""Tiny models with random weights, and the logits that PyPI transformers computes with them. `models/tests/data/README.md`.

    python3 -m venv /tmp/tiny && /tmp/tiny/bin/pip install torch==2.15.0 transformers==5.23.0 gguf==0.19.0 \
        safetensors==0.8.0 numpy==2.4.6
    /tmp/tiny/bin/python scripts/tiny_models.py [models/tests/data/tiny]

The folder must hold `tokenizer.json` and `tokenizer_config.json`. It then gets a folder of safetensors for each architecture, GGUF files with
quantised weights, and `golden/`. Everything is drawn from fixed seeds; the same versions write the same bytes. The
script also compares transformers with itself (whole, in chunks, token by token) and prints the differences: what is
below them cannot be asked of anybody else.
"""

import json
import math
import shutil
import sys
from pathlib import Path

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType as Q
from safetensors.numpy import save_file
from transformers import AutoModelForCausalLM, LlamaConfig, Qwen2Config, Qwen3Config

FOLDER = Path(sys.argv[1] if len(sys.argv) > 1 else "models/tests/data/tiny")
LLAMA3 = {
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 8192,
    "rope_type": "llama3",
}
CONFIGS = {"qwen2": Qwen2Config, "qwen3": Qwen3Config, "llama": LlamaConfig}
# The sequences of every golden file. Rows are positions whose logits are kept.
LENGTHS = {"a": 48, "b": 7, "c": 33}
LONG = 20_101
LONG_ROWS = [1023, 2100, 20_100]
CHUNK = 1024


def sizes(kind, vocab, **changes):
    """`config.json` as the hub has it."""
    config = {
        "architectures": [CONFIGS[kind].__name__.replace("Config", "ForCausalLM")],
        "model_type": kind,
        "hidden_act": "silu",
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 40960,
        "rms_norm_eps": 1e-6,
        "rope_theta": 1_000_000.0,
        "tie_word_embeddings": True,
        "torch_dtype": "float32",
        "vocab_size": vocab,
    }
    return {**config, **changes}


def llama_layout(weight, heads):
    """Rows of queries or keys as llama.cpp keeps them for `llama`: neighbours are rotated together."""
    rows, columns = weight.shape
    return weight.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)


def hub_layout(weight, heads):
    """The inverse of `llama_layout`."""
    rows, columns = weight.shape
    return weight.reshape(heads, rows // heads // 2, 2, columns).swapaxes(1, 2).reshape(rows, columns)


# ---- random weights

def names(config):
    """(name in GGUF, name on the hub, rows or None for a vector, columns, kind) of every tensor."""
    hidden, inner = config["hidden_size"], config["intermediate_size"]
    heads, kv_heads = config["num_attention_heads"], config["num_key_value_heads"]
    head_dim = config.get("head_dim", hidden // heads)
    queries, keys = heads * head_dim, kv_heads * head_dim
    yield "token_embd.weight", "model.embed_tokens.weight", config["vocab_size"], hidden, "table"
    yield "output_norm.weight", "model.norm.weight", None, hidden, "norm"
    if not config["tie_word_embeddings"]:
        yield "output.weight", "lm_head.weight", config["vocab_size"], hidden, "table"
    for layer in range(config["num_hidden_layers"]):
        short, long = f"blk.{layer}.", f"model.layers.{layer}."
        yield f"{short}attn_norm.weight", f"{long}input_layernorm.weight", None, hidden, "norm"
        for part, name, rows in (("q", "q_proj", queries), ("k", "k_proj", keys), ("v", "v_proj", keys)):
            yield f"{short}attn_{part}.weight", f"{long}self_attn.{name}.weight", rows, hidden, part
            if config["model_type"] == "qwen2":
                yield f"{short}attn_{part}.bias", f"{long}self_attn.{name}.bias", None, rows, "bias"
            if config["model_type"] == "qwen3" and part != "v":
                yield f"{short}attn_{part}_norm.weight", f"{long}self_attn.{part}_norm.weight", None, head_dim, "norm"
        yield f"{short}attn_output.weight", f"{long}self_attn.o_proj.weight", hidden, queries, "matrix"
        yield f"{short}ffn_norm.weight", f"{long}post_attention_layernorm.weight", None, hidden, "norm"
        yield f"{short}ffn_gate.weight", f"{long}mlp.gate_proj.weight", inner, hidden, "matrix"
        yield f"{short}ffn_up.weight", f"{long}mlp.up_proj.weight", inner, hidden, "matrix"
        yield f"{short}ffn_down.weight", f"{long}mlp.down_proj.weight", hidden, inner, "down"


def vector(rng, size, kind):
    centre, spread = {"norm": (1.0, 0.2), "bias": (0.0, 0.3)}[kind]
    return (centre + spread * rng.standard_normal(size)).astype(np.float32)


def scale16(rng, blocks, mean):
    return (mean * rng.uniform(0.8, 1.2, blocks)).astype("<f2").view(np.uint8).reshape(blocks, 2)


def q4_k(rng, blocks, spread):
    """weight = d * scale * code - least * minimum; eight scales and minima of six bits a block, packed as in ggml."""
    scales = rng.integers(32, 64, (blocks, 8), dtype=np.uint8)
    minima = rng.integers(32, 64, (blocks, 8), dtype=np.uint8)
    packed = np.empty((blocks, 12), np.uint8)
    packed[:, 0:4] = scales[:, :4] | (scales[:, 4:] >> 4 << 6)
    packed[:, 4:8] = minima[:, :4] | (minima[:, 4:] >> 4 << 6)
    packed[:, 8:12] = (scales[:, 4:] & 15) | (minima[:, 4:] & 15) << 4
    mean = spread / (48.0 * 5.3)
    d, least = scale16(rng, blocks, mean), scale16(rng, blocks, 7.5 * mean)
    return np.hstack([d, least, packed, rng.integers(0, 256, (blocks, 128), dtype=np.uint8)])


def q6_k(rng, blocks, spread):
    low = rng.integers(0, 256, (blocks, 128), dtype=np.uint8)
    high = rng.integers(0, 256, (blocks, 64), dtype=np.uint8)
    scales = rng.integers(64, 128, (blocks, 16), dtype=np.int8)
    scales *= rng.choice(np.array([-1, 1], np.int8), scales.shape)
    return np.hstack([low, high, scales.view(np.uint8), scale16(rng, blocks, spread / (96.0 * 18.5))])


def matrix(rng, rows, columns, quant):
    """Rows as GGUF holds them."""
    spread = columns**-0.5
    if quant in (Q.Q4_K, Q.Q6_K):
        make = {Q.Q4_K: q4_k, Q.Q6_K: q6_k}[quant]
        return make(rng, rows * columns // 256, spread).reshape(rows, -1)
    weights = (spread * rng.standard_normal((rows, columns))).astype(np.float32)
    return weights if quant == Q.F32 else gguf.quants.quantize(weights, quant)


def quant_of(mix, kind, layer_is_last):
    """Q4_K_M keeps the tables, and the values and last matrices of some layers, in Q6_K."""
    if mix != "q4_k_m":
        return Q[mix.upper()]
    return Q.Q6_K if kind == "table" or (layer_is_last and kind in ("v", "down")) else Q.Q4_K


# ---- files

def write_gguf(path, config, mix, seed, tokenizer):
    """Writes a GGUF file; the weights under the names of the hub come back."""
    rng = np.random.default_rng(seed)
    kind = config["model_type"]
    head_dim = config.get("head_dim", config["hidden_size"] // config["num_attention_heads"])
    writer = gguf.GGUFWriter(path, kind)
    writer.add_name(f"random {kind} {mix}")
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_key_length(head_dim)
    writer.add_value_length(head_dim)
    writer.add_rope_freq_base(config["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    add_tokenizer(writer, tokenizer, config["vocab_size"], kind)
    last = f"blk.{config['num_hidden_layers'] - 1}."
    weights = {}
    for short, long, rows, columns, part in names(config):
        if rows is None:
            weights[long] = vector(rng, columns, part)
            writer.add_tensor(short, weights[long])
            continue
        quant = quant_of(mix, part, short.startswith(last))
        stored = matrix(rng, rows, columns, quant)
        writer.add_tensor(short, stored, raw_dtype=quant)
        weight = gguf.dequantize(stored, quant).reshape(rows, columns)
        if kind == "llama" and part in ("q", "k"):
            heads = config["num_attention_heads" if part == "q" else "num_key_value_heads"]
            assert np.array_equal(llama_layout(hub_layout(weight, heads), heads), weight)
            weight = hub_layout(weight, heads)
        weights[long] = np.ascontiguousarray(weight, np.float32)
    if "rope_scaling" in config:
        writer.add_tensor("rope_freqs.weight", llama3_factors(config, head_dim).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return weights


def llama3_factors(config, head_dim):
    """Divisors of the frequencies, as llama.cpp's converter writes them."""
    scaling = config["rope_scaling"]
    factor, low, high = scaling["factor"], scaling["low_freq_factor"], scaling["high_freq_factor"]
    context = scaling["original_max_position_embeddings"]
    factors = []
    for index in range(0, head_dim, 2):
        wavelength = 2 * math.pi * config["rope_theta"] ** (index / head_dim)
        smooth = (context / wavelength - low) / (high - low)
        if wavelength < context / high:
            factors.append(1.0)
        elif wavelength > context / low:
            factors.append(factor)
        else:
            factors.append(1 / ((1 - smooth) / factor + smooth))
    return np.array(factors)


def add_tokenizer(writer, tokenizer, vocab, kind):
    model = tokenizer["model"]
    tokens = {index: token for token, index in model["vocab"].items()}
    added = {token["id"]: token for token in tokenizer["added_tokens"]}
    tokens.update((index, token["content"]) for index, token in added.items())
    kinds = []
    for index in range(vocab):
        if index in added:
            kinds.append(gguf.TokenType.CONTROL if added[index]["special"] else gguf.TokenType.USER_DEFINED)
        else:
            kinds.append(gguf.TokenType.NORMAL if index in tokens else gguf.TokenType.UNUSED)
    ids = {token: index for index, token in tokens.items()}
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("llama-bpe" if kind == "llama" else "qwen2")
    writer.add_token_list([tokens.get(index, f"[PAD{index}]") for index in range(vocab)])
    writer.add_token_types(kinds)
    writer.add_token_merges(merges)
    writer.add_bos_token_id(ids["<|endoftext|>"])
    writer.add_eos_token_id(ids["<|im_end|>"])
    writer.add_add_bos_token(False)


def write_folder(path, config, seed, tokenizer):
    """Writes a folder of safetensors; the weights come back."""
    rng = np.random.default_rng(seed)
    weights = {}
    for _, long, rows, columns, part in names(config):
        weights[long] = vector(rng, columns, part) if rows is None else matrix(rng, rows, columns, Q.F32)
    path.mkdir(parents=True, exist_ok=True)
    (path / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    save_file(weights, path / "model.safetensors", {"format": "pt"})
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(tokenizer.with_name(name), path / name)
    return weights


# ---- golden logits

def load(config, weights):
    known = CONFIGS[config["model_type"]](**{k: v for k, v in config.items() if k != "architectures"})
    model = AutoModelForCausalLM.from_config(known, attn_implementation="sdpa", dtype=torch.float32).eval()
    state = {name: torch.from_numpy(weight) for name, weight in weights.items()}
    if config["tie_word_embeddings"]:
        state["lm_head.weight"] = state["model.embed_tokens.weight"]
    model.load_state_dict(state, strict=True)
    return model


def exact_angles(config, model):
    """Lets the model compute rotary angles in f64. Transformers' f32 angles err by 0.001 at position 20,000."""
    head_dim = config.get("head_dim", config["hidden_size"] // config["num_attention_heads"])
    frequencies = config["rope_theta"] ** (-torch.arange(0, head_dim, 2, dtype=torch.float64) / head_dim)
    if "rope_scaling" in config:
        frequencies = frequencies / torch.from_numpy(llama3_factors(config, head_dim))

    def turns(x, position_ids):
        angles = position_ids[..., None].double() * frequencies
        angles = torch.cat([angles, angles], -1)
        return angles.cos().float(), angles.sin().float()

    model.model.rotary_emb.forward = turns


@torch.no_grad()
def in_chunks(model, tokens, size, rows):
    """Logits at these rows, with a cache, `size` tokens at a time."""
    cache, kept = None, []
    for start in range(0, len(tokens), size):
        step = model(torch.tensor([tokens[start : start + size].tolist()]), past_key_values=cache, use_cache=True)
        cache = step.past_key_values
        kept += [step.logits[0, row - start] for row in rows if start <= row < start + size]
    return torch.stack(kept).numpy()


@torch.no_grad()
def golden(name, config, weights, seed, quantised):
    rng = np.random.default_rng(seed)
    model = load(config, weights)
    kept = {}
    for letter, length in LENGTHS.items():
        tokens = rng.integers(0, config["vocab_size"], length, dtype=np.uint32)
        rows = np.arange(length, dtype=np.uint32)
        if quantised:
            rows = rows[[0, length // 2, length - 1]]
        whole = model(torch.tensor([tokens.tolist()])).logits[0].numpy()
        differences = [np.abs(in_chunks(model, tokens, size, range(length)) - whole).max() for size in (1, 5)]
        print(f"| {name} | {letter} | {np.abs(whole).max():.2f} | {differences[1]:.1e} | {differences[0]:.1e} |")
        kept[f"tokens.{letter}"], kept[f"rows.{letter}"] = tokens, rows
        kept[f"logits.{letter}"] = np.ascontiguousarray(whole[rows])
    if not quantised:
        tokens = rng.integers(0, config["vocab_size"], LONG, dtype=np.uint32)
        kept["tokens.long"], kept["rows.long"] = tokens, np.array(LONG_ROWS, np.uint32)
        kept["logits.long"] = in_chunks(model, tokens, CHUNK, LONG_ROWS)
        exact_angles(config, model)
        kept["logits.exact"] = in_chunks(model, tokens, CHUNK, LONG_ROWS)
        for row, ours, exact in zip(LONG_ROWS, kept["logits.long"], kept["logits.exact"]):
            print(f"| {name} | position {row} | {np.abs(exact).max():.2f} | f32 for f64 angles: {np.abs(ours - exact).max():.1e} | |")
    save_file(kept, FOLDER / "golden" / f"{name}.safetensors")


def main():
    tokenizer = FOLDER / "tokenizer.json"
    parsed = json.loads(tokenizer.read_text())
    used = max([*parsed["model"]["vocab"].values(), *(token["id"] for token in parsed["added_tokens"])]) + 1
    vocab = -(-used // 32) * 32
    torch.manual_seed(0)
    (FOLDER / "golden").mkdir(exist_ok=True)
    print("| model | sequence | largest logit | in chunks of 5 | token by token |\n|---|---|---|---|---|")

    llama = {"rope_theta": 500_000.0, "rope_scaling": LLAMA3, "rms_norm_eps": 1e-5}
    folders = {
        "qwen2": sizes("qwen2", vocab),
        "qwen3": sizes("qwen3", vocab, head_dim=32, num_hidden_layers=3, tie_word_embeddings=False),
        "llama": sizes("llama", vocab, num_key_value_heads=1, intermediate_size=160, tie_word_embeddings=False, **llama),
    }
    for seed, (name, config) in enumerate(folders.items()):
        golden(name, config, write_folder(FOLDER / name, config, seed, tokenizer), 100 + seed, False)

    wide = {"hidden_size": 256, "intermediate_size": 256}
    files = [
        ("qwen3", "q4_k_m", {"head_dim": 64, "num_attention_heads": 8}),
        ("qwen3", "q6_k", {"head_dim": 64}),
        ("qwen3", "q8_0", {"head_dim": 64}),
        ("qwen3", "f16", {"head_dim": 64, "num_hidden_layers": 1}),
        ("qwen3", "bf16", {"head_dim": 64, "num_hidden_layers": 1}),
        ("llama", "q4_k_m", {"head_dim": 64, **llama}),
        ("qwen2", "q4_k_m", {"tie_word_embeddings": False}),
    ]
    for seed, (kind, mix, changes) in enumerate(files):
        name = f"{kind}-{mix}"
        config = sizes(kind, vocab, **{**wide, **changes})
        weights = write_gguf(FOLDER / f"{name}.gguf", config, mix, 10 + seed, parsed)
        golden(name, config, weights, 110 + seed, True)


if __name__ == "__main__":
    main()
