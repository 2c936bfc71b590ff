//! Units of measurement as devices and people write them, and the conversions between those of one quantity.
//!
//! Nothing is assumed: a concentration by volume becomes one by mass only with the molar mass of the gas, dB without a
//! weighting is not dB(A), and %LEL is never turned into ppm, since standards disagree on the limit.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::error::SensorError;
use crate::place::fold::folded;

/// Litres which a mole of gas fills at 25 ℃ and 101.325 kPa, as the ACGIH booklet of threshold limit values gives it; the ideal
/// gas law gives 24.465, 0.06 % more.
pub const MOLAR_VOLUME: f64 = 24.45;

/// A unit of measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Unit {
    /// ppm, by volume
    PartsPerMillion,
    /// mg/m3
    MilligramPerCubicMetre,
    /// μg/m3
    MicrogramPerCubicMetre,
    /// m
    Metre,
    /// cm
    Centimetre,
    /// mm
    Millimetre,
    /// ℃
    Celsius,
    /// dB(A)
    DecibelA,
    /// dB without a weighting
    Decibel,
    /// MPa
    Megapascal,
    /// kPa
    Kilopascal,
    /// %LEL, share of the lower explosive limit
    PercentLel,
    /// 人
    Person,
    /// 个
    Piece,
    /// °
    Degree,
}

/// What a unit measures; units of one quantity convert into each other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quantity {
    /// By volume or by mass; the two meet only with a molar mass.
    Concentration,
    Length,
    Temperature,
    WeightedSound,
    Sound,
    Pressure,
    ExplosiveLimit,
    People,
    Things,
    Angle,
}

impl Unit {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::PartsPerMillion,
        Self::MilligramPerCubicMetre,
        Self::MicrogramPerCubicMetre,
        Self::Metre,
        Self::Centimetre,
        Self::Millimetre,
        Self::Celsius,
        Self::DecibelA,
        Self::Decibel,
        Self::Megapascal,
        Self::Kilopascal,
        Self::PercentLel,
        Self::Person,
        Self::Piece,
        Self::Degree,
    ];

    /// How it is written here.
    pub fn name(self) -> &'static str {
        self.names()[0]
    }

    /// Its code in UCUM, with an annotation where UCUM has no unit.
    pub fn ucum(self) -> &'static str {
        match self {
            Self::PartsPerMillion => "[ppm]",
            Self::MilligramPerCubicMetre => "mg/m3",
            Self::MicrogramPerCubicMetre => "ug/m3",
            Self::Metre => "m",
            Self::Centimetre => "cm",
            Self::Millimetre => "mm",
            Self::Celsius => "Cel",
            Self::DecibelA => "dB{A}",
            Self::Decibel => "dB",
            Self::Megapascal => "MPa",
            Self::Kilopascal => "kPa",
            Self::PercentLel => "%{LEL}",
            Self::Person => "{person}",
            Self::Piece => "{piece}",
            Self::Degree => "deg",
        }
    }

    /// Its name in full, in English.
    pub fn title(self) -> &'static str {
        match self {
            Self::PartsPerMillion => "parts per million",
            Self::MilligramPerCubicMetre => "milligram per cubic metre",
            Self::MicrogramPerCubicMetre => "microgram per cubic metre",
            Self::Metre => "metre",
            Self::Centimetre => "centimetre",
            Self::Millimetre => "millimetre",
            Self::Celsius => "degree Celsius",
            Self::DecibelA => "decibel (A)",
            Self::Decibel => "decibel",
            Self::Megapascal => "megapascal",
            Self::Kilopascal => "kilopascal",
            Self::PercentLel => "percent of the lower explosive limit",
            Self::Person => "person",
            Self::Piece => "piece",
            Self::Degree => "degree",
        }
    }

    /// Reads a unit as devices and people write it.
    ///
    /// # Errors
    ///
    /// [`SensorError::UnknownUnit`] with all that are known.
    pub fn read(written: &str) -> Result<Self, SensorError> {
        let wanted = plain(written);
        let found = Self::ALL
            .into_iter()
            .find(|unit| unit.names().iter().any(|name| plain(name) == wanted));
        found.ok_or_else(|| SensorError::UnknownUnit {
            written: written.chars().take(40).collect(),
            possible: list(&Self::ALL),
        })
    }

    /// The units which can be turned into this one. `molar_mass` in g/mol is that of the gas, if it is one.
    pub fn sources(self, molar_mass: Option<f64>) -> Vec<Self> {
        let reachable = |from: &Self| {
            let by_mass = (*from == Self::PartsPerMillion) != (self == Self::PartsPerMillion);
            let same = from.quantity() == self.quantity();
            same && (self.quantity() != Quantity::Concentration || !by_mass || molar_mass.is_some())
        };
        Self::ALL.into_iter().filter(reachable).collect()
    }

    /// The number that `value` in this unit is in another one. `molar_mass` in g/mol is that of the gas, if it is one.
    ///
    /// # Errors
    ///
    /// [`SensorError::IncompatibleUnit`] with the units that were possible.
    pub fn convert(
        self,
        value: f64,
        to: Self,
        molar_mass: Option<f64>,
    ) -> Result<f64, SensorError> {
        let possible = to.sources(molar_mass);
        if !possible.contains(&self) {
            return Err(SensorError::IncompatibleUnit {
                written: self.name().to_owned(),
                wanted: to.name().to_owned(),
                possible: list(&possible),
            });
        }
        if self == to {
            return Ok(value);
        }
        // Dividing by exact powers of ten keeps 35 cm at 0.35 m.
        let (up, down) = self.scale(molar_mass);
        let (to_up, to_down) = to.scale(molar_mass);
        Ok(value * (up * to_down) / (down * to_up))
    }

    /// A fraction: what one of it is in the smallest common unit of its quantity.
    fn scale(self, molar_mass: Option<f64>) -> (f64, f64) {
        match self {
            // In μg/m3; without a molar mass nobody asks.
            Self::PartsPerMillion => (1000.0 * molar_mass.unwrap_or(f64::NAN), MOLAR_VOLUME),
            Self::MilligramPerCubicMetre | Self::Megapascal | Self::Metre => (1000.0, 1.0),
            Self::Centimetre => (10.0, 1.0),
            Self::MicrogramPerCubicMetre
            | Self::Millimetre
            | Self::Celsius
            | Self::DecibelA
            | Self::Decibel
            | Self::Kilopascal
            | Self::PercentLel
            | Self::Person
            | Self::Piece
            | Self::Degree => (1.0, 1.0),
        }
    }

    fn quantity(self) -> Quantity {
        match self {
            Self::PartsPerMillion | Self::MilligramPerCubicMetre | Self::MicrogramPerCubicMetre => {
                Quantity::Concentration
            }
            Self::Metre | Self::Centimetre | Self::Millimetre => Quantity::Length,
            Self::Celsius => Quantity::Temperature,
            Self::DecibelA => Quantity::WeightedSound,
            Self::Decibel => Quantity::Sound,
            Self::Megapascal | Self::Kilopascal => Quantity::Pressure,
            Self::PercentLel => Quantity::ExplosiveLimit,
            Self::Person => Quantity::People,
            Self::Piece => Quantity::Things,
            Self::Degree => Quantity::Angle,
        }
    }

    /// The ways to write it, the one used here first. 度 is none: it is degrees of warmth or of an angle.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::PartsPerMillion => &["ppm", "ppmv"],
            Self::MilligramPerCubicMetre => &["mg/m3", "毫克/立方米", "毫克每立方米", "mg/m^3"],
            Self::MicrogramPerCubicMetre => &[
                "μg/m3",
                "ug/m3",
                "微克/立方米",
                "微克每立方米",
                "ug/m^3",
                "mcg/m3",
            ],
            Self::Metre => &["m", "米", "公尺"],
            Self::Centimetre => &["cm", "厘米", "公分"],
            Self::Millimetre => &["mm", "毫米"],
            Self::Celsius => &["℃", "°c", "c", "摄氏度", "degc", "cel"],
            Self::DecibelA => &["dB(A)", "dBA", "分贝", "db a"],
            Self::Decibel => &["dB"],
            Self::Megapascal => &["MPa", "兆帕"],
            Self::Kilopascal => &["kPa", "千帕"],
            Self::PercentLel => &["%LEL", "lel%", "% lel"],
            Self::Person => &["人", "个人", "名"],
            Self::Piece => &["个", "个车位", "辆"],
            Self::Degree => &["°", "deg", "角度"],
        }
    }

    /// The unit with which a folded text begins, and the bytes it takes; the longest one. Latin ones end where letters do.
    pub(super) fn leading(text: &str) -> Option<(Self, usize)> {
        let spellings = Self::ALL
            .into_iter()
            .flat_map(|unit| unit.names().iter().map(move |name| (unit, plain(name))));
        let begins = |name: &str| {
            let rest = text.strip_prefix(name);
            let letter = |text: &str| text.starts_with(|next: char| next.is_ascii_alphanumeric());
            let latin = name.ends_with(|next: char| next.is_ascii_alphabetic());
            rest.is_some_and(|rest| !(latin && letter(rest)))
        };
        spellings
            .filter(|(_, name)| begins(name))
            .max_by_key(|(_, name)| name.len())
            .map(|(unit, name)| (unit, name.len()))
    }
}

/// The names of units in a row.
pub(super) fn list(units: &[Unit]) -> String {
    let names: Vec<&str> = units.iter().map(|unit| unit.name()).collect();
    names.join(", ")
}

/// A unit without the differences that mean nothing: width, case, the two code points of micro and of degree, raised figures.
fn plain(written: &str) -> String {
    let alike = |next| match next {
        '³' => '3',
        '²' => '2',
        'µ' | 'μ' | 'Μ' => 'u',
        'º' | '˚' => '°',
        other => other,
    };
    let plain: String = written.trim().chars().map(alike).collect();
    folded(&plain).replace('℃', "°c").replace(' ', "")
}

impl fmt::Display for Unit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl TryFrom<String> for Unit {
    type Error = SensorError;

    fn try_from(written: String) -> Result<Self, SensorError> {
        Self::read(&written)
    }
}

impl From<Unit> for String {
    fn from(unit: Unit) -> Self {
        unit.name().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(written: &str, expected: &str) {
        let read = Unit::read(written).map(Unit::name);
        assert_eq!(read.as_deref().unwrap_or("none"), expected, "{written:?}");
    }

    #[test]
    fn units_are_read_as_they_are_written() {
        for unit in Unit::ALL {
            check(unit.name(), unit.name());
        }
        check("PPM", "ppm");
        check("mg/m³", "mg/m3");
        check("ＭＧ／Ｍ３", "mg/m3");
        check("ug/m3", "μg/m3");
        check("µg/m³", "μg/m3");
        check("μg/m³", "μg/m3");
        check("°C", "℃");
        check("C", "℃");
        check("˚C", "℃");
        check(" kPa ", "kPa");
        check("mpa", "MPa");
        check("% LEL", "%LEL");
        check("dBA", "dB(A)");
        check("dB", "dB");
        check("º", "°");
        check("毫米", "mm");
        check("度", "none");
        check("", "none");
        check("F", "none");
        check("mg", "none");
    }

    fn converted(value: f64, from: &str, to: &str, molar_mass: Option<f64>) -> String {
        let (from, to) = (Unit::read(from).unwrap(), Unit::read(to).unwrap());
        match from.convert(value, to, molar_mass) {
            Ok(value) => format!("{value:.5}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn units_of_one_quantity_convert() {
        assert_eq!(converted(0.35, "m", "cm", None), "35.00000");
        assert_eq!(converted(35.0, "cm", "m", None), "0.35000");
        assert_eq!(converted(35.0, "cm", "mm", None), "350.00000");
        assert_eq!(converted(250.0, "kPa", "MPa", None), "0.25000");
        assert_eq!(converted(0.25, "MPa", "kPa", None), "250.00000");
        assert_eq!(converted(0.08, "mg/m3", "ug/m3", None), "80.00000");
        // 10 ppm of hydrogen sulfide are 10 × 34.08 / 24.45.
        assert_eq!(converted(10.0, "ppm", "mg/m3", Some(34.08)), "13.93865");
        assert_eq!(converted(13.93865, "mg/m3", "ppm", Some(34.08)), "10.00000");
        assert_eq!(converted(1.0, "ppm", "ug/m3", Some(48.0)), "1963.19018");
    }

    #[test]
    fn what_cannot_be_converted_says_what_could() {
        assert_eq!(
            converted(1.0, "ppm", "mg/m3", None),
            "`ppm` cannot be turned into `mg/m3`; possible are mg/m3, μg/m3"
        );
        assert_eq!(
            converted(1.0, "kPa", "cm", Some(34.08)),
            "`kPa` cannot be turned into `cm`; possible are m, cm, mm"
        );
        assert_eq!(
            converted(1.0, "dB", "dB(A)", None),
            "`dB` cannot be turned into `dB(A)`; possible are dB(A)"
        );
        assert_eq!(
            converted(1.0, "ppm", "%LEL", Some(16.04)),
            "`ppm` cannot be turned into `%LEL`; possible are %LEL"
        );
    }

    #[test]
    fn a_unit_leads_a_text() {
        let leading = |text| Unit::leading(text).map(|(unit, length)| (unit.name(), length));
        assert_eq!(leading("mm的雨"), Some(("mm", 2)));
        assert_eq!(leading("个人"), Some(("人", 6)));
        assert_eq!(leading("ug/m3吗"), Some(("μg/m3", 5)));
        assert_eq!(leading("mpg"), None);
        assert_eq!(leading("小时"), None);
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(128))]

        #[test]
        fn there_and_back(value in -1e6..1e6f64, from in 0..15usize, to in 0..15usize) {
            let (from, to) = (Unit::ALL[from], Unit::ALL[to]);
            if let Ok(there) = from.convert(value, to, Some(34.08)) {
                let back = to.convert(there, from, Some(34.08)).unwrap();
                proptest::prop_assert!((back - value).abs() <= 1e-9 * value.abs().max(1.0));
            }
        }

        #[test]
        fn any_text_is_read(text in "\\PC*") {
            let _ = Unit::read(&text);
            let _ = Unit::leading(&text);
        }
    }
}
