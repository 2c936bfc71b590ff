//! Rules over English, in lower case.

use super::Rule;

pub(super) const RULES: &[Rule] = &[
    (
        "ignore_instructions",
        r"(?s)(?P<asks>\b(should|can|may|could|do|does|shall|must|why|how|whether|to) (i|we|they|he|she|you)( just| really)? )?\b(ignore|disregard|forget|override|bypass|do not follow|don't follow|stop following|discard|skip)\b.{0,40}\b(previous|prior|above|earlier|preceding|all|your|any|system|initial|original|former)\b.{0,30}\b(instructions?|prompts?|directives?|guidelines|programming|training|commands?|orders|directions)\b",
    ),
    (
        "ignore_instructions",
        r"(?s)(^|[.!?:;\n]\s*|\b(please|now|and|then|must|just)\s+)(ignore|disregard|forget)\s+(all |any |the |this |everything |of |that |what |text |content |messages? |conversation |rules |is )*(above|previous|prior|preceding|earlier)\b.{0,30}(\band\b|\bthen\b|\binstead\b|[.:;,]).{0,20}\b(do|say|output|print|write|respond|reply|execute|act|follow|reveal|send|return)\b",
    ),
    (
        "ignore_instructions",
        r"(?s)\b(strictly )?(adhere to|follow|obey|execute|comply with) (only )?(the following|these|my|this) (new |single |special |secret )?(instructions?|commands?|orders?|directives?)\b|\bforget (everything|all|what|anything)\b.{0,12}\b(you|you've|you have)\b.{0,12}\b(told|taught|learned|instructed|trained|know)\b",
    ),
    (
        "new_task",
        r"(?s)\bbefore you (can )?(solve|do|complete|finish|continue|answer)\b.{0,12}\b(the|this|that|your|my) (original |first |current )?(task|request|query|question)\b.{0,60}\b(first|following|must|have to|need to|please)\b|\b(important|urgent) (message|instruction|notice)s? from me\b|\bto you, (the |an |my )?(ai|assistant|model|agent|chatbot|llm|gpt|claude|gemini|llama|qwen|command)|\bafter (you do that|that|doing so),? you (can|may) (solve|continue|resume|return|go on)\b",
    ),
    (
        "new_task",
        r"(?s)\b(new|real|actual|updated|revised) (instruction|objective|directive|system prompt)s?\s*:|\byour (new|real|true|only|actual|sole|primary) (task|goal|objective|purpose|mission|instruction|role|job)s? (is|are|will be)\b|\bfrom now on,? (you (are|will|must|shall|only)|act\b|respond\b|ignore\b|reply\b)",
    ),
    (
        "new_task",
        r"(?s)\b(end|begin|start)(ning)? of (the |this )?(document|context|user input|input data|system prompt|system message|instructions|conversation)\b\W|\b(important|attention)\s*!{2,}.{0,40}\b(ignore|instruction|adhere|you must|execute)\b|\bstop (what you are|whatever you're|your current) (doing|task)\b.{0,20}\b(and|instead)\b",
    ),
    (
        "addressed_to_machine",
        r"(?s)\b(attention|note|notice|message|instructions?) (to|for),? (the |any |all |every )?(ai|llm|language model|chatbot|assistant|agent|automated system|bot)s?( assistants?| models?| agents?| systems?)?\s*([:,.!\n-]|$|that\b|who\b|reading\b|processing\b)|\b(if you are|as) an? (ai|llm|language model|automated|assistant)\b.{0,20}\b(reading|processing|summari[sz]ing|reviewing|handling|parsing)\b|\b(ai|llm)s? (reading|processing|summari[sz]ing|that reads|who reads)\b|\b(ai|language|chat) ?(assistant|model|agent|bot),? (you )?(must (now|first|immediately|not)|please (first|execute|ignore|perform|send|forward)|are (now|required to)|execute|ignore)\b",
    ),
    (
        "prompt_extraction",
        r"(?s)\b(system|initial|hidden|original|your|pre-?|meta)[ -]?prompts?\b|\b(repeat|print|output|show|reveal|display|tell|list|give|write|encode|translate|summari[sz]e|disclose|share|copy|recite|leak|dump|describe|return|paste)\b(\s*[:,'\x22]?\s*\b(me|us|all|of|the|your|its|exact|full|entire|complete|own|out|then|first|in|base64|verbatim|back|to|user|any)\b)*\s*[:,'\x22]?\s*\b(system|initial|starting|hidden|secret|internal|pre-?programmed|original|underlying|developer) (instructions?|messages?|directives?|configuration|rules|guidelines|settings|text)\b",
    ),
    (
        "prompt_extraction",
        r"(?s)\b(instructions?|text|rules?|guidelines|messages?|directions|context|words)\b[^.]{0,24}\byou (were|are|have been|'ve been|had been|received)\b ?(initially |originally )?(given|told|provided|programmed|instructed|supplied)\b|\bmy (system |initial )?instructions are\b|\b(repeat|print|output|copy|write|recite)\b.{0,12}\b(everything|all|the (text|words|content|messages?|lines))\b.{0,16}\babove\b|\b(your|the) (exact |full |complete )?instructions\b.{0,12}\b(verbatim|word[- ]for[- ]word|in (json|base64|markdown|a code block|xml))|\bwhat (are|were|is) your (system|initial|original|hidden|secret|exact) (instructions?|rules|directives?|message)",
    ),
    (
        "override",
        r"(?s)\b(administrator|admin|root|developer|debug|god|security) override\b|\b(enter|enable|activate|switch (in)?to|you are (now )?in|engage|start|initiate)( the| your)? (developer|debug|god|admin|root|dan|jailbreak|unrestricted|sudo) mode\b|\bjailbreak|\bdo anything now\b|\bsudo [a-z]|\byou are now (dan\b|free\b|unrestricted|unfiltered|jailbroken|an? (unrestricted|unfiltered|uncensored|evil|different|rogue|new)\b|no longer (bound|restricted|limited|an?\b))",
    ),
    (
        "override",
        r"(?s)\b(pretend|act|roleplay|behave|imagine|simulate)\b.{0,24}\b(no|without|free of|free from|not bound by|unrestricted|unfiltered|uncensored)\b.{0,24}\b(restrictions?|rules|filters?|limits?|limitations|guidelines|ethics|censorship|ai)\b|\b(disable|bypass|turn off|remove|deactivate|drop|lift|circumvent)\b.{0,8}\b(your|(safety|content|ethical|security|moral) )\b ?.{0,12}\b(filters?|restrictions?|guardrails?|guidelines|safeguards?|protections?|checks?|protocols?|limits?|limitations)\b|\byou (have been|were|are being|just got) (reprogrammed|hacked|jailbroken|overridden|repurposed|reassigned)\b",
    ),
    (
        "override",
        r"(?s)\b(i am|i'm|this is|we are|speaking as|as) (the |your |an? )?(authorized |senior |chief |lead |system |it |ai |platform )*(administrator|admin|developer|creator|operator|supervisor|engineer|owner|security team|it department|ceo|director|mayor|auditor)\b.{0,80}\b(you must\b|you are (hereby |now )?(authorized|ordered|required|instructed|permitted)|(authorize|order|instruct|command|direct) you\b|comply\b|reveal\b|disable your|grant me|give me (full |root |admin )?access|without (verification|confirmation|asking))",
    ),
    (
        "secrecy",
        r"(?s)\b(do not|don't|never|without)\b ?(tell|inform|alert|notify|ask|mention|telling|informing|alerting|notifying|asking|reveal|revealing)\w*\b.{0,20}\b(the |this to the |it to the )(user|operator|human|human operator)\b",
    ),
    (
        "encoded",
        r"(?s)\b(decode|decrypt|decipher|unscramble)\b.{0,40}\b(and|then)\b.{0,16}\b(execute|follow|obey|perform|do what|carry out|run)\b",
    ),
    (
        "exfiltration",
        r"(?s)\b(send|forward|email|upload|post|transmit|exfiltrate|leak)\b.{0,40}\b(all|every|the entire|other|previous)\b.{0,30}\b(conversations?|chat history|users?'?|customers?'?|citizens?'?|callers?'?|passwords?|credentials|records)\b.{0,40}(\bto\b.{0,20}(@|https?:|server|webhook)|https?:)|!\[[^\]]{0,40}\]\(https?://[^)]{0,200}(\{|%7b|=\s*\[|<)",
    ),
    // Words to whatever machine will read the text; other words for the same wishes.
    (
        "addressed_to_machine",
        r#"(?s)\b(ai|llm|language model|chatbot|assistant)s? (readers?|screeners?|reviewers?|agents?|systems?|processors?|summari[sz]ers?|assistants?)\b.{0,24}(\b(must|should|shall|please|are (required|instructed|asked))\b|:)"#,
    ),
    (
        "addressed_to_machine",
        r#"(?s)\b(attention|note|memo),? (to |for )?(the |any |all )?(ai|assistant|chatbot|llm|language model)( (readers?|screeners?|systems?|assistants?|agents?|models?))?\s*[:,.!]"#,
    ),
    (
        "addressed_to_machine",
        r#"(?s)\b(dear|hey),? (language model|ai|llm)\b|\b(ai|bot|assistant|agent)s? (operator|processing|reading|handling|parsing) (this|the|:)|\bwhen (the|an?|any|this) (ai|assistant|model|agent|bot|llm)\b.{0,20}\b(reads?|sees?|process(es)?|encounters?)\b|\b(for|to) the (bot|assistant|ai|model)\s*:|\bassistant, (please )?(mark|ignore|delete|send|set|change|forward|call|open)\b|\bai operator\s*:"#,
    ),
    (
        "ignore_instructions",
        r#"(?s)\b(disregard|forget|ignore)\b (everything|anything|all|whatever)( of)?( that| what)? ?(you|was|has)\b.{0,16}\b(told|said|given|instructed|learned)"#,
    ),
    (
        "ignore_instructions",
        r#"(?s)\bnew (instructions?|rules|policy)\b.{0,16}\b(supersede|replace|override)"#,
    ),
    (
        "ignore_instructions",
        r#"(?s)\b(don't|do not|never|stop) (listen(ing)? to|obey(ing)?|follow(ing)?|trust(ing)?)\b.{0,10}\b(your|the) (earlier|previous|original|prior|old|initial) (rules|instructions|guidelines|prompt|training)"#,
    ),
    (
        "ignore_instructions",
        r#"(?s)\b(your|the|all) (previous|earlier|prior|original|old|initial) (instructions|rules|constraints|restrictions|guidelines|prompt)\b.{0,14}\b(no longer|void|cancell?ed|do not apply|don't apply|lifted|revoked|superseded|obsolete|expired)"#,
    ),
    (
        "prompt_extraction",
        r#"(?s)\b(exact|verbatim|first|opening|literal) (words|text|lines?|sentences?)\b.{0,30}\b(top|start|beginning) of (this|the|our|your) (conversation|chat|context|prompt|session)"#,
    ),
    (
        "exfiltration",
        r#"(?s)\{(conversation|chat|user|history|system|session)[a-z_]*\}|\bencode\b.{0,12}\b(chat|conversation|history|data)\b.{0,20}\bbase64\b.{0,40}\b(url|link|http)"#,
    ),
];
