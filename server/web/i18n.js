// The words of the interface in both scripts. Answers and clauses are never converted: they are shown as they come.

/** @typedef {"hans"|"hant"} Script */
/** @typedef {Record<string, string|number>} Params */

/** Each entry: Simplified, Traditional. `{name}` is replaced by the parameter of that name. @type {Record<string, [string, string]>} */
const WORDS = {
  "skip": ["跳到提问框", "跳到提問框"],
  "close": ["关闭", "關閉"],
  "retry": ["重试", "重試"],
  "city": ["本市", "本市"],
  "brand.home": ["城智，回到首页", "城智，回到首頁"],
  "brand.page": ["{city}政策问答", "{city}政策問答"],
  "large": ["大字", "大字"],
  "large.title": ["放大文字", "放大文字"],
  "script.other": ["繁體", "简体"],
  "script.title": ["界面文字换成繁體", "介面文字換成简体"],
  "theme.title": ["外观", "外觀"],
  "theme.auto": ["自动", "自動"],
  "theme.light": ["浅色", "淺色"],
  "theme.dark": ["深色", "深色"],

  "new": ["新对话", "新對話"],
  "history.title": ["对话记录", "對話記錄"],
  "history.show": ["对话记录", "對話記錄"],
  "history.empty": ["还没有对话。", "還沒有對話。"],
  "history.note": ["目录只存在这台设备上。公用设备用完请清空。", "目錄只存在這台裝置上。公用裝置用完請清空。"],
  "history.clear": ["清空记录", "清空記錄"],
  "history.clear.sure": ["确定清空全部对话？", "確定清空全部對話？"],
  "history.delete": ["删除对话：{question}", "刪除對話：{question}"],
  "history.delete.sure": ["确定删除", "確定刪除"],
  "history.deleted": ["已删除。", "已刪除。"],
  "history.undeleted": ["没有删除成功，请稍后再试。", "沒有刪除成功，請稍後再試。"],
  "history.gone": ["这个对话在服务器上已经没有了，目录里也已移除。", "這個對話在伺服器上已經沒有了，目錄裡也已移除。"],
  "history.unopened": ["对话没有打开。{why}", "對話沒有打開。{why}"],
  "history.opened": ["已打开对话，共 {n} 问。", "已打開對話，共 {n} 問。"],

  "welcome.title": ["您想办什么事？", "您想辦什麼事？"],
  "welcome.lead": ["按规定的原文回答，逐句标明出处。没有依据的直说，并告诉您该找谁。", "按規定的原文回答，逐句標明出處。沒有依據的直說，並告訴您該找誰。"],
  "welcome.examples": ["常见问题", "常見問題"],
  "turns.title": ["对话", "對話"],

  "ask.label": ["您的问题", "您的問題"],
  "ask.placeholder": ["用平常的话问就行", "用平常的話問就行"],
  "ask.over": ["超出 {n} 字，请删短一些再发送。", "超出 {n} 字，請刪短一些再發送。"],
  "send": ["发送", "發送"],
  "stop": ["停止回答", "停止回答"],
  "place.label": ["适用地", "適用地"],
  "place.any": ["全市", "全市"],
  "asof.title": ["按哪一天的规定回答", "按哪一天的規定回答"],
  "asof.today": ["截至今天", "截至今天"],
  "asof.label": ["截至", "截至"],
  "asof.clear": ["改回今天", "改回今天"],
  "hint.trust": ["回答由人工智能生成，以规定原文为准。", "回答由人工智慧生成，以規定原文為準。"],
  "hint.keys": ["Enter 发送，Shift+Enter 换行", "Enter 發送，Shift+Enter 換行"],

  "progress.understand": ["正在理解问题", "正在理解問題"],
  "progress.search": ["正在查找规定", "正在查找規定"],
  "progress.check": ["找到 {n} 条相关条文，正在核对出处", "找到 {n} 條相關條文，正在核對出處"],

  "progress.word": ["模型正在整理文字", "模型正在整理文字"],
  "worded": ["模型已经把上面的原文整理成文字。", "模型已經把上面的原文整理成文字。"],

  "question.by": ["您问", "您問"],
  "answer.by": ["城智", "城智"],
  "answer.title": ["对“{question}”的回答", "對「{question}」的回答"],
  "status.answered": ["有据可查", "有據可查"],
  "status.partial": ["部分有据", "部分有據"],
  "status.refused": ["没有查到依据", "沒有查到依據"],
  "status.clarify": ["请再说明一点", "請再說明一點"],
  "status.handoff": ["紧急情况", "緊急情況"],
  "status.stopped": ["已停止", "已停止"],
  "status.failed": ["没有完成", "沒有完成"],

  "interpreted.summary": ["理解为：{question} · 截至 {date} · 适用地：{place}", "理解為：{question} · 截至 {date} · 適用地：{place}"],
  "interpreted.question": ["理解为", "理解為"],
  "interpreted.date": ["截至", "截至"],
  "interpreted.date.stated": ["{date}（按您指定的日期）", "{date}（按您指定的日期）"],
  "interpreted.place": ["适用地", "適用地"],
  "interpreted.expansions": ["词语扩展", "詞語擴展"],
  "interpreted.rewritten": ["模型补充的检索词", "模型補充的檢索詞"],
  "interpreted.searched": ["查找范围", "查找範圍"],
  "interpreted.passages": ["{corpora}，相关条文 {n} 条", "{corpora}，相關條文 {n} 條"],

  "sentence.quoted": ["原文", "原文"],
  "chip": ["出处 {n}：《{title}》{path}", "出處 {n}：《{title}》{path}"],
  "sources": ["依据", "依據"],
  "effective": ["{date} 起施行", "{date} 起施行"],
  "ended": ["{date} 失效", "{date} 失效"],
  "repealed": ["{date} 废止", "{date} 廢止"],
  "undated": ["未注明施行日期", "未註明施行日期"],

  "partial.title": ["这些部分没有查到依据，没有回答", "這些部分沒有查到依據，沒有回答"],
  "refused.searched": ["查找过", "查找過"],
  "refused.missing": ["没有找到", "沒有找到"],
  "next.title": ["可以这样继续", "可以這樣繼續"],
  "next.refused": ["可以找这些部门", "可以找這些部門"],
  "clarify.choices": ["请选一个，也可以自己说明", "請選一個，也可以自己說明"],
  "handoff.title": ["请立即拨打", "請立即撥打"],
  "handoff.call": ["拨打 {number}", "撥打 {number}"],
  "handoff.more": ["其他联系方式", "其他聯絡方式"],

  "label.default": ["以上内容由人工智能生成，仅供参考，以规定原文为准。", "以上內容由人工智慧生成，僅供參考，以規定原文為準。"],
  "mode.off": ["规则与检索，未用大模型", "規則與檢索，未用大模型"],
  "mode.model": ["模型 {name}", "模型 {name}"],
  "copy": ["复制", "複製"],
  "copied": ["已复制", "已複製"],
  "uncopied": ["没有复制成功", "沒有複製成功"],
  "print": ["打印", "列印"],

  "stopped": ["已按您的要求停止。上面的内容不完整。", "已按您的要求停止。上面的內容不完整。"],
  "stopped.empty": ["已按您的要求停止。", "已按您的要求停止。"],
  "stopped.quoted": ["已按您的要求停止。上面是核对过的原文摘引。", "已按您的要求停止。上面是核對過的原文摘引。"],
  "offline": ["网络已断开。恢复后可以继续提问。", "網路已斷開。恢復後可以繼續提問。"],
  "online": ["网络已恢复。", "網路已恢復。"],
  "fault.offline": ["连不上服务器。请检查网络后重试。", "連不上伺服器。請檢查網路後重試。"],
  "fault.busy": ["提问的人较多，请稍等再试。", "提問的人較多，請稍等再試。"],
  "fault.unavailable": ["服务暂时不可用，请稍后重试。", "服務暫時不可用，請稍後重試。"],
  "fault.invalid": ["这个问题没有被接受，请换个说法。", "這個問題沒有被接受，請換個說法。"],
  "fault.too_long": ["问题太长，请删短一些。", "問題太長，請刪短一些。"],
  "fault.missing": ["服务器上没有这项内容。", "伺服器上沒有這項內容。"],
  "fault.interrupted": ["连接中断，上面的内容可能不完整。", "連線中斷，上面的內容可能不完整。"],
  "fault.unworded": ["连接中断。上面是核对过的原文摘引。", "連線中斷。上面是核對過的原文摘引。"],
  "fault.failed": ["服务器出了问题，这一问没有完成。", "伺服器出了問題，這一問沒有完成。"],
  "fault.wait": ["{n} 秒后可以重试", "{n} 秒後可以重試"],
  "fault.ready": ["现在可以重试了。", "現在可以重試了。"],
  "fault.hotline": ["着急的话，可以直接拨打 12345。", "著急的話，可以直接撥打 12345。"],

  "panel.title": ["规定原文", "規定原文"],
  "panel.loading": ["正在打开全文", "正在打開全文"],
  "panel.failed": ["上下文没有打开。{why}", "上下文沒有打開。{why}"],
  "panel.back": ["回到引用的条文", "回到引用的條文"],
  "panel.before.n": ["上文 {n} 条", "上文 {n} 條"],
  "panel.about": ["文件信息", "文件資訊"],
  "panel.after": ["下文", "下文"],
  "panel.cited": ["被引用的条文", "被引用的條文"],
  "panel.clause": ["条文", "條文"],
  "panel.mark": ["标出的是回答引用的句子", "標出的是回答引用的句子"],
  "validity.current": ["现行有效", "現行有效"],
  "validity.repealed": ["已废止", "已廢止"],
  "validity.superseded": ["已被修订", "已被修訂"],
  "validity.future": ["尚未施行", "尚未施行"],
  "validity.unknown": ["效力未注明", "效力未註明"],
  "validity.then": ["截至 {date}，这一版有效。", "截至 {date}，這一版有效。"],
  "fact.from": ["施行", "施行"],
  "fact.to": ["废止", "廢止"],
  "fact.to.superseded": ["修订失效", "修訂失效"],
  "fact.body": ["发布机关", "發布機關"],
  "fact.type": ["文件种类", "文件種類"],
  "fact.number": ["文号", "文號"],
  "fact.place": ["适用地", "適用地"],
  "fact.published": ["公布", "公布"],
  "fact.revision": ["版本", "版本"],
  "fact.sources": ["来源文件", "來源文件"],
  "revisions": ["这一条的各个版本", "這一條的各個版本"],
  "revisions.cited": ["回答所引", "回答所引"],
  "compare": ["与回答所引版本（{date}）对照", "與回答所引版本（{date}）對照"],
  "compare.same": ["与回答所引版本（{date}）文字相同", "與回答所引版本（{date}）文字相同"],
  "compare.gone": ["旧文", "舊文"],
  "compare.new": ["新文", "新文"],
};

/** @type {Script} */
let script = "hans";

/** Chooses the script for everything told from now on, and tells again what is on the page. @param {Script} chosen */
export function useScript(chosen) {
  script = chosen;
  document.documentElement.lang = chosen === "hant" ? "zh-Hant" : "zh-Hans";
  sayAgain(document);
}

/** @param {string} key @param {Params} [params] @returns {string} */
export function words(key, params = {}) {
  const entry = WORDS[key];
  if (!entry) return key;
  return entry[script === "hant" ? 1 : 0].replace(/\{(\w+)\}/g, (whole, name) => String(params[name] ?? whole));
}

/**
 * Writes interface words into a node, which remembers their key for a later change of script.
 * @template {HTMLElement} T
 * @param {T} node
 * @param {string} key
 * @param {Params} [params]
 * @returns {T}
 */
export function say(node, key, params) {
  node.dataset.say = key;
  if (params) node.dataset.sayWith = JSON.stringify(params);
  else delete node.dataset.sayWith;
  node.textContent = words(key, params);
  return node;
}

/** The attributes which may carry interface words. */
const ATTRIBUTES = ["aria-label", "title", "placeholder"];

/**
 * The same for an attribute. All words of one node share their parameters.
 * @template {HTMLElement} T
 * @param {T} node
 * @param {"aria-label"|"title"|"placeholder"} attribute
 * @param {string} key
 * @param {Params} [params]
 * @returns {T}
 */
export function sayAttribute(node, attribute, key, params) {
  node.setAttribute(`data-say-${attribute}`, key);
  if (params) node.dataset.sayWith = JSON.stringify(params);
  node.setAttribute(attribute, words(key, params));
  return node;
}

/** @param {ParentNode} root */
function sayAgain(root) {
  const marked = ["[data-say]", ...ATTRIBUTES.map((name) => `[data-say-${name}]`)].join(",");
  for (const node of root.querySelectorAll(marked)) {
    if (!(node instanceof HTMLElement)) continue;
    const params = node.dataset.sayWith ? JSON.parse(node.dataset.sayWith) : {};
    if (node.dataset.say) node.textContent = words(node.dataset.say, params);
    for (const name of ATTRIBUTES) {
      const key = node.getAttribute(`data-say-${name}`);
      if (key) node.setAttribute(name, words(key, params));
    }
  }
}
