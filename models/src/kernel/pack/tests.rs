//! What packing takes: bytes at any place of a file, and memory that can be told before.

use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{Device, Tensor};

use super::*;
use crate::kernel::tests::EXACT;

const SLOW: [GgmlDType; 5] = [
    GgmlDType::Q4_1,
    GgmlDType::Q5_1,
    GgmlDType::Q2K,
    GgmlDType::Q3K,
    GgmlDType::Q5K,
];

/// Weights of this type as they lie in a file.
fn weights(dtype: GgmlDType, rows: usize, columns: usize) -> Vec<u8> {
    let values: Vec<f32> = (0..rows * columns)
        .map(|at| (at % 37) as f32 - 18.0)
        .collect();
    let tensor = Tensor::from_vec(values, (rows, columns), &Device::Cpu).unwrap();
    let quantised = QTensor::quantize(&tensor, dtype).unwrap();
    quantised.data().unwrap().to_vec()
}

#[test]
fn bytes_at_an_odd_place_are_packed_as_any_others() {
    for dtype in SLOW {
        let bytes = weights(dtype, 21, 512);
        let odd = [&[0], &bytes[..]].concat();
        let [one, other] =
            [&bytes[..], &odd[1..]].map(|bytes| PackedMatrix::pack(dtype, bytes, 21, 512).unwrap());
        assert!(one.codes.map[..] == other.codes.map[..], "{dtype:?}");
    }
}

#[test]
fn rows_of_slow_types_are_those_that_candle_reads() {
    for dtype in SLOW {
        let bytes = weights(dtype, 21, 512);
        let packed = PackedMatrix::pack(dtype, &bytes, 21, 512).unwrap();
        let storage = QStorage::from_data(bytes.into(), &Device::Cpu, dtype).unwrap();
        let read = QTensor::new(storage, (21, 512)).unwrap();
        let read = read.dequantize(&Device::Cpu).unwrap();
        let read: Vec<Vec<f32>> = read.to_vec2().unwrap();
        let mut row = vec![0.0; 512];
        for (index, expected) in read.iter().enumerate() {
            packed.row(index, &mut row);
            let half = |number: &f32| f16::from_f32(*number).to_f32();
            let expected: Vec<f32> = expected.iter().map(half).collect();
            assert!(row == expected, "{dtype:?} row {index}");
        }
    }
}

#[test]
fn the_memory_of_a_matrix_is_told_before_it_is_packed() {
    for dtype in SLOW.into_iter().chain(EXACT) {
        let (rows, columns) = (21, 512);
        let bytes = vec![0; rows * columns / dtype.block_size() * dtype.type_size()];
        let packed = PackedMatrix::pack(dtype, &bytes, rows, columns).unwrap();
        // An area of no bytes has one.
        let taken = packed.codes.map.len() + packed.scales.map.len();
        let told = packed_bytes(dtype, rows, columns) as usize;
        assert!(
            (told..=told + 1).contains(&taken),
            "{dtype:?} {told} {taken}"
        );
    }
    assert_eq!(packed_bytes(GgmlDType::Q5K, 32, 256), 32 * 256 * 2);
}
