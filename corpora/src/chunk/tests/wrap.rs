//! Hard-wrapped and torn lines.

use super::*;

#[test]
fn wrapped_paragraphs() {
    check!(Format::Text, "重庆\n小程序实时反馈\n在九龙坡区某某社区，数字化管理服务平台“云\n\n上民主村”成了社区治理的核心。这个平台集“云\n上共治”“云上服务”等功能于一体，通过数字孪\n生系统，实现了社区的数字化治理。居民可以通过\n手机小程序，实时反馈问题。\n\n江北区的中心通过城市运行管理服务平台，实现了\n对城市状态的监测。", @r#"
    title 重庆 小程序实时反馈
    Section  | 在九龙坡区某某社区，数字化管理服务平台“云上民主村”成了社区治理的核心。这个平台集“云上共治”“云上服务”等功能于一体，通过数字孪生系统，实现了社区的数字化治理。居民可以通过手机小程序，实时反馈问题。⏎江北区的中心通过城市运行管理服务平台，实现了对城市状态的监测。
    x title: 重庆
    x title: 小程序实时反馈
    x line break: ⏎⏎
    x line break: ⏎
    x line break: ⏎
    x line break: ⏎
    x line break: ⏎
    "#);
}

#[test]
fn wrapped_regulations() {
    check!(Format::Text, "和澜市养犬管理办法\n\n第一条　为了规范养犬行为，保障公民健康和人身安\n全，根据《和澜市市容管理条例》第三条、本市的\n第十条的规定，制定本办法。\n第二条　养犬人应当遵守下列规定，并且依照本办法\n第九条　办理登记：\n（一）携犬出户时应当使用犬绳，并且主动避让老年\n人、残疾人、孕妇和儿童；\n（二）不得携犬进入学校、医院和其他的公共场所以\n及本办法第一条第二款和本市其他规定之中第三条第\n（一）项规定的地方。\n第三条　本办法自2024年1月1日起施行，以前的规\n定同时废止。", @r#"
    title 和澜市养犬管理办法
    Clause 第一条 | 第一条　为了规范养犬行为，保障公民健康和人身安全，根据《和澜市市容管理条例》第三条、本市的第十条的规定，制定本办法。
      -> 《和澜市市容管理条例》第三条 = 和澜市市容管理条例 第三条
      -> 第十条 = - 第十条
    Clause 第二条 | 第二条　养犬人应当遵守下列规定，并且依照本办法第九条　办理登记：⏎（一）携犬出户时应当使用犬绳，并且主动避让老年人、残疾人、孕妇和儿童；⏎（二）不得携犬进入学校、医院和其他的公共场所以及本办法第一条第二款和本市其他规定之中第三条第（一）项规定的地方。
      第（一）项: （一）携犬出户时应当使用犬绳，并且主动避让老年人、残疾人、孕妇和儿童；
      第（二）项: （二）不得携犬进入学校、医院和其他的公共场所以及本办法第一条第二款和本市其他规定之中第三条第（一）项规定的地方。
      -> 本办法第九条 = - 第九条
      -> 本办法第一条第二款 = - 第一条
      -> 第三条第（一）项 = - 第三条
    Clause 第三条 | 第三条　本办法自2024年1月1日起施行，以前的规定同时废止。
    x title: 和澜市养犬管理办法
    x line break: ⏎
    x line break: ⏎
    x line break: ⏎
    x line break: ⏎
    x line break: ⏎
    x line break: ⏎
    x line break: ⏎
    "#);
}

#[test]
fn wrapped_notices() {
    // Wrapped at a number of characters, not of columns, and indented.
    check!(Format::Text, "关于转移避险的通知\n\n各乡镇人民政府：\n\n一、时机\n\n　　（一）准备转移：1小时雨量达到30毫米，或者3小时雨量\n达到50毫米，责任人应当入户通知。\n\n　　（二）立即转移：溪水突然变浑、断流，不等上级的指令，\n由负责人直接组织转移。\n\n二、电话\n\n　　值班电话0599-6040000，上村的联系电话0599-6\n040001，可以随时拨打；夜间由专人值守并且做好记录，确保\n信息畅通。\n　　本通知自2026年4月1日起施行。\n　　松溪县某某指挥部\n　　2026年3月16日", @r#"
    title 关于转移避险的通知
    Section  | 各乡镇人民政府：
    Section 一、时机 | （一）准备转移：1小时雨量达到30毫米，或者3小时雨量达到50毫米，责任人应当入户通知。⏎（二）立即转移：溪水突然变浑、断流，不等上级的指令，由负责人直接组织转移。
    Section 二、电话 | 值班电话0599-6040000，上村的联系电话0599-6040001，可以随时拨打；夜间由专人值守并且做好记录，确保信息畅通。⏎本通知自2026年4月1日起施行。⏎松溪县某某指挥部⏎2026年3月16日
    x title: 关于转移避险的通知
    x heading: 一、时机
    x line break: ⏎
    x line break: ⏎
    x heading: 二、电话
    x line break: ⏎
    x line break: ⏎
    "#);
}

#[test]
fn wrapped_lines_that_end_a_clause() {
    check!(Format::Pdf, "和澜市政务公开办法\n第五条 行政机关应当自信息形成之日起二十日内主动公开；\n规范性文件应当自印发之日起五个工作日内公开。法律对期\n限另有规定的，从其规定；不得以内部文件为由拒绝公开；\n没有规定的，按照国家有关规定执行，并且及时报送市人民\n政府。\n第六条 下列信息应当公开，并且应当在政府网站的首页以及\n政务服务中心查阅：\n规章、规范性文件，以及应当放在政府网站首页的信息都包\n括在内：\n规章和规范性文件等等。", @r#"
    title 和澜市政务公开办法
    Clause 第五条 | 第五条 行政机关应当自信息形成之日起二十日内主动公开；规范性文件应当自印发之日起五个工作日内公开。法律对期限另有规定的，从其规定；不得以内部文件为由拒绝公开；没有规定的，按照国家有关规定执行，并且及时报送市人民政府。
    Clause 第六条 | 第六条 下列信息应当公开，并且应当在政府网站的首页以及政务服务中心查阅：⏎规章、规范性文件，以及应当放在政府网站首页的信息都包括在内：⏎规章和规范性文件等等。
      第一款: 下列信息应当公开，并且应当在政府网站的首页以及政务服务中心查阅：
      第二款: 规章、规范性文件，以及应当放在政府网站首页的信息都包括在内：
      第三款: 规章和规范性文件等等。
    x title: 和澜市政务公开办法
    x line break: ⏎
    x line break: ⏎
    x line break: ⏎
    x line break: ⏎
    x line break: ⏎
    x line break: ⏎
    "#);
}

#[test]
fn wrapped_latin_words() {
    check!(Format::Text, "The emergency bulletin is sent to all\nresidents of the district when water\nrises above the warning mark, and the\nhotline 12345 answers calls in several\nlanguages.", @r#"
    Section  | The emergency bulletin is sent to all⏎residents of the district when water⏎rises above the warning mark, and the⏎hotline 12345 answers calls in several⏎languages.
    x line break: ⏎
    x line break: ⏎
    x line break: ⏎
    x line break: ⏎
    "#);
}

#[test]
fn torn_lines() {
    check!(Format::Text, "标题\n\n当海量的城市数据扑面而来时，“一网统管”如何用好这样一个“数据生命体”，服务城市\n\n运行？如何才能将数据“统得全”，用得更好？\n\n从“被动应对”到“主动感知”,打造数字孪生样板\n\n面对巨大的压力，深圳推进建设。", @r#"
    title 标题
    Section  | 当海量的城市数据扑面而来时，“一网统管”如何用好这样一个“数据生命体”，服务城市运行？如何才能将数据“统得全”，用得更好？⏎从“被动应对”到“主动感知”,打造数字孪生样板⏎面对巨大的压力，深圳推进建设。
    x title: 标题
    x line break: ⏎⏎
    "#);
}

#[test]
fn lines_that_are_not_wrapped() {
    check!(Format::Text, "联系方式\n市政务服务中心\n临江区人民路一号\n电话12345\n工作日办理", @r#"
    title 联系方式
    Section  | 市政务服务中心⏎临江区人民路一号⏎电话12345⏎工作日办理
    x title: 联系方式
    "#);
}
