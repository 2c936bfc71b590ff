//! Where text is placed: the matrices, font and leading that the operators of a page change. Colours, clipping and
//! letter spacing are not followed.

use std::collections::HashMap;

use lopdf::content::Operation;
use lopdf::{Dictionary, Object};

/// `[a b c d e f]` as PDF writes a transformation.
pub(super) type Matrix = [f32; 6];

pub(super) const IDENTITY: Matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];

pub(super) fn multiply(first: Matrix, second: Matrix) -> Matrix {
    let [a, b, c, d, e, f] = first;
    let [g, h, i, j, k, l] = second;
    [
        a * g + b * i,
        a * h + b * j,
        c * g + d * i,
        c * h + d * j,
        e * g + f * i + k,
        e * h + f * j + l,
    ]
}

pub(super) fn numbers<const N: usize>(operands: &[Object]) -> Option<[f32; N]> {
    let numbers: Vec<f32> = operands
        .iter()
        .take(N)
        .filter_map(|operand| operand.as_float().ok())
        .collect();
    numbers.try_into().ok()
}

/// The part of the graphics state that places text.
#[derive(Clone)]
pub(super) struct State<'a> {
    pub(super) matrix: Matrix,
    pub(super) text: Matrix,
    pub(super) line: Matrix,
    pub(super) font: Option<&'a Dictionary>,
    pub(super) size: f32,
    pub(super) leading: f32,
}

impl Default for State<'_> {
    fn default() -> Self {
        Self {
            matrix: IDENTITY,
            text: IDENTITY,
            line: IDENTITY,
            font: None,
            size: 1.0,
            leading: 0.0,
        }
    }
}

impl<'a> State<'a> {
    pub(super) fn set_font(
        &mut self,
        operation: &Operation,
        fonts: &HashMap<Vec<u8>, &'a Dictionary>,
    ) {
        if let [Object::Name(name), size] = operation.operands.as_slice() {
            self.font = fonts.get(name).copied();
            self.size = size.as_float().unwrap_or(1.0);
        }
    }

    /// Operators that only move; all others do not concern text.
    pub(super) fn apply(&mut self, operation: &Operation) {
        let operands = &operation.operands;
        match operation.operator.as_str() {
            "BT" => (self.text, self.line) = (IDENTITY, IDENTITY),
            "Tm" => {
                if let Some(matrix) = numbers(operands) {
                    (self.text, self.line) = (matrix, matrix);
                }
            }
            "cm" => {
                if let Some(matrix) = numbers(operands) {
                    self.matrix = multiply(matrix, self.matrix);
                }
            }
            "Td" | "TD" => {
                if let Some([x, y]) = numbers(operands) {
                    if operation.operator == "TD" {
                        self.leading = -y;
                    }
                    self.next_line(x, y);
                }
            }
            "TL" => {
                self.leading = operands
                    .first()
                    .and_then(|leading| leading.as_float().ok())
                    .unwrap_or(0.0);
            }
            "T*" => self.next_line(0.0, -self.leading),
            _ => {}
        }
    }

    pub(super) fn next_line(&mut self, x: f32, y: f32) {
        self.line = multiply([1.0, 0.0, 0.0, 1.0, x, y], self.line);
        self.text = self.line;
    }

    pub(super) fn advance(&mut self, width: f32) {
        self.text = multiply([1.0, 0.0, 0.0, 1.0, width * self.size, 0.0], self.text);
    }
}
