//! Chinese numerals.

/// The value of a Chinese numeral.
pub fn parse_chinese(text: &str) -> Option<u64> {
    if text.is_empty() { return None; }
    let digit = |c: char| "〇一二三四五六七八九".chars().position(|d| d == c).map(|v| v as u64).or(match c { '零' => Some(0), '两' => Some(2), _ => None });
    if text.chars().count() > 1 && text.chars().all(|c| digit(c).is_some()) {
        return text.chars().try_fold(0u64, |v, c| v.checked_mul(10)?.checked_add(digit(c)?));
    }
    let (mut total, mut section, mut current) = (0u64, 0u64, 0u64);
    for c in text.chars() {
        match c {
            '十' => { section += if current == 0 { 10 } else { current * 10 }; current = 0 }
            '百' => { section += current.max(1) * 100; current = 0 }
            '千' => { section += current.max(1) * 1000; current = 0 }
            '万' => { total += (section + current).max(1) * 10000; section = 0; current = 0 }
            '亿' => { total = (total + section + current).max(1) * 100_000_000; section = 0; current = 0 }
            '廿' => { section += 20; current = 0 }
            '卅' => { section += 30; current = 0 }
            other => current = digit(other)?,
        }
    }
    Some(total + section + current)
}
/// stub
pub fn clause_label(text:&str)->Option<(String,u32,u32)>{ let n=text.strip_prefix('第')?; let n=&n[..n.find('条')?]; let v=n.parse::<u64>().ok().or_else(||parse_chinese(n))? as u32; Some((format!("第{}条",to_chinese(v)),v,0)) }
/// stub
pub fn to_chinese(v:u32)->String{ let d=['零','一','二','三','四','五','六','七','八','九']; let mut s=String::new(); let (q,b,t,o)=(v/1000,v/100%10,v/10%10,v%10); if q>0{s.push(d[q as usize]);s.push('千');} if b>0{s.push(d[b as usize]);s.push('百');} else if q>0&&(t>0||o>0){s.push('零');} if t>0{ if t>1||q>0||b>0{s.push(d[t as usize]);} s.push('十');} else if b>0&&o>0{s.push('零');} if o>0{s.push(d[o as usize]);} s }
