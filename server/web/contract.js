// The shapes that travel between the page and the server. Types only: nothing here runs.

/**
 * @typedef {"answered"|"partial"|"refused"|"clarify"|"confirm"|"handoff"} Status
 *
 * @typedef {object} Citation
 * @property {string} id
 * @property {string} [kind]
 * @property {string} [corpus]
 * @property {string} [document]
 * @property {string} title
 * @property {string} path
 * @property {string} text
 * @property {string|null} [effective_from]
 * @property {string|null} [effective_to]
 * @property {string|number|null} [revision]
 *
 * @typedef {object} Sentence
 * @property {number} [index]
 * @property {string} text
 * @property {string[]} citations
 * @property {string|null} [worded_by] the model that worded it; none for a quotation
 *
 * @typedef {object} NextStep
 * @property {string} name
 * @property {string|null} [contact]
 *
 * @typedef {object} Answer
 * @property {Status} status
 * @property {string} question
 * @property {string} interpreted
 * @property {string} as_of
 * @property {string} jurisdiction
 * @property {string|null} [lead]
 * @property {Sentence[]} sentences
 * @property {Citation[]} citations
 * @property {string[]} missing
 * @property {string[]} searched
 * @property {NextStep[]} next
 * @property {string[]} choices
 * @property {string|null} [message]
 * @property {string} mode
 * @property {string|null} [degraded] why a configured model was not used
 * @property {string} agent
 * @property {string} label
 * @property {object} [aigc]
 * @property {string} [conversation]
 * @property {FormView|null} [form] the form beside the conversation
 * @property {QueueView|null} [queue] what is suggested for an order
 * @property {WatchView|null} [watch] readings and alerts behind the sentences
 * @property {DraftView|null} [draft] the draft of a reply
 * @property {DigestView|null} [digest] one order in its parts, or claims about some days
 *
 * @typedef {object} Expansion
 * @property {string} expression
 * @property {string[]} terms
 *
 * @typedef {object} Interpreted
 * @property {string} question
 * @property {string} interpreted
 * @property {string} as_of
 * @property {boolean} [as_of_stated]
 * @property {string[]|string} jurisdiction
 * @property {Expansion[]} [expansions]
 *
 * @typedef {object} Searched
 * @property {string[]} corpora
 * @property {number} passages
 *
 * @typedef {object} Passage
 * @property {string} id
 * @property {string} title
 * @property {string} path
 * @property {string} text
 * @property {string|null} [issuing_body]
 * @property {string|null} [document_type]
 * @property {string|null} [jurisdiction]
 * @property {string|null} [document_number]
 * @property {string|null} [version_date]
 * @property {string|null} [effective_from]
 * @property {string|null} [effective_to]
 * @property {string|null} [status]
 * @property {string|number|null} [revision]
 * @property {unknown[]} [sources]
 *
 * @typedef {object} Revision
 * @property {string} id
 * @property {string|number|null} [revision]
 * @property {string|null} [effective_from]
 * @property {string|null} [effective_to]
 * @property {string|null} [status]
 * @property {string} path
 * @property {string} text
 *
 * @typedef {object} Neighbour
 * @property {string} id
 * @property {string} path
 * @property {string} text
 *
 * @typedef {object} PassageInContext
 * @property {Passage} passage
 * @property {Neighbour[]} before
 * @property {Neighbour[]} after
 * @property {Revision[]} revisions
 *
 * @typedef {object} AgentEntry
 * @property {string} name
 * @property {string} title
 * @property {string} description
 * @property {string} kind
 * @property {string[]} [examples]
 *
 * @typedef {object} Places
 * @property {string} city
 * @property {{name: string, parent?: string|null, level?: string}[]} places
 *
 * @typedef {object} TurnRequest
 * @property {string} question
 * @property {string|null} as_of
 * @property {string|null} place
 * @property {string|null} conversation
 * @property {Record<string, string>} [fields] what was typed into a form
 *
 * @typedef {object} StoredConversation
 * @property {string} id
 * @property {string} [created]
 * @property {{question: string, answer: Answer}[]} turns
 */

/**
 * @typedef {object} FieldView
 * @property {string} name
 * @property {string} title
 * @property {string} kind
 * @property {string} ask
 * @property {string} why
 * @property {boolean} required
 * @property {string[]} choices
 * @property {string|null} shown
 * @property {string} source
 * @property {string|null} problem
 *
 * @typedef {object} MaterialView
 * @property {string} name
 * @property {boolean} original
 * @property {number} copies
 * @property {string|null} waived
 * @property {string} citation
 *
 * @typedef {{id: string, lines: string[], expires: string}} ProposalView
 *
 * @typedef {object} Receipt
 * @property {string} [submission]
 * @property {string} [department]
 * @property {string} [order]
 * @property {string} [suggested]
 * @property {OrderView} [view]
 *
 * @typedef {object} FormView
 * @property {string|null} tool
 * @property {string|null} title
 * @property {"choosing"|"asking"|"confirm"|"submitted"|"cancelled"|"refused"} stage
 * @property {string|null} asked
 * @property {FieldView[]} fields
 * @property {MaterialView[]} materials
 * @property {string[]} unmet
 * @property {ProposalView|null} proposal
 * @property {Receipt|null} receipt
 * @property {{evidence?: string[]}} [memory]
 *
 * @typedef {object} QueueView
 * @property {string|null} order
 * @property {string[]} items
 * @property {string} grade
 * @property {string} reason
 * @property {boolean} confirm
 * @property {{department: string, probability: number, because: string, citation: string|null}[]} departments
 * @property {string[]} assist
 * @property {string[]} missing
 * @property {string|null} near
 *
 * @typedef {object} OrderView
 * @property {string} id
 * @property {string} state
 * @property {string} state_name
 * @property {string} text
 * @property {string[]} items
 * @property {string[]} codes
 * @property {string|null} address
 * @property {string|null} grade
 * @property {string|null} lead
 * @property {string[]} assist
 * @property {string|null} contact
 * @property {string[]} dues
 * @property {string[]} links
 * @property {{sequence: number, at: string, text: string}[]} timeline
 * @property {string[]} allowed
 *
 * @typedef {object} OrderRow
 * @property {string} id
 * @property {string} state
 * @property {string} level
 * @property {string|null} address
 * @property {string|null} lead
 * @property {string} opened
 * @property {string|null} due
 *
 * @typedef {object} Waiting a proposal
 * @property {string} id
 * @property {string} tool
 * @property {{target: string, lines: string[]}} preview
 * @property {string} created
 * @property {string} expires
 *
 * @typedef {object} ToolEntry
 * @property {string} name
 * @property {string} title
 * @property {any} input_schema
 *
 * @typedef {object} Caller
 * @property {boolean} signed_in
 * @property {string|null} name
 * @property {"citizen"|"officer"|"developer"} role
 * @property {string|null} unit
 * @property {string|null} resident
 * @property {boolean} centre
 *
 * @typedef {object} DigestView
 * @property {{from: string, to: string, sections: {title: string, claims: ClaimView[]}[]}|null} days
 * @property {{order: string, parts: {kind: string, title: string, found: {text: string, entry: number|null}[]}[]}|null} order
 *
 * @typedef {{text: string, ids: string[], count: number}} ClaimView
 *
 * @typedef {{yes: number, of: number}} Share
 *
 * @typedef {object} Rates
 * @property {string} from
 * @property {string} to
 * @property {Record<string, {responded: Share, resolved: Share, satisfied: Share}>} groups
 *
 * @typedef {{value: number, of: number, cases: number[]}} Figure `cases` are places in the ids
 * @typedef {{name: string, cases: Figure}} Group
 *
 * @typedef {object} Digest
 * @property {string} from
 * @property {string} to
 * @property {Statistics} statistics
 * @property {Rates["groups"]} rates by district
 * @property {{id: string, reason: string}[]} unreadable orders that are counted nowhere
 *
 * @typedef {object} Statistics
 * @property {string} now the moment at which deadlines are looked at
 * @property {string[]} ids
 * @property {Figure} total
 * @property {Record<"category"|"item"|"district"|"department"|"grade"|"state"|"day", Group[]>} counts
 * @property {Record<"open"|"overdue"|"near"|"late", Figure>} deadlines
 * @property {{repeated: Figure, chains: Chain[], reporters: {reporter: string, cases: Figure}[]}} repeats
 * @property {HotIssue[]} issues
 * @property {{tests: number, spans: number, rises: Rise[]}} emerging
 *
 * @typedef {{root: string, cases: Figure, people: Figure, within: Figure}} Chain
 *
 * @typedef {object} HotIssue
 * @property {string} title words of a person
 * @property {string} central the order they are from
 * @property {string|null} place
 * @property {Figure} people
 * @property {string} first
 * @property {string} last
 * @property {string} why
 *
 * @typedef {object} Topic
 * @property {"item"|"item_in_district"|"place"|"category"|"words"} kind
 * @property {string} [item]
 * @property {string} [district]
 * @property {string} [place]
 * @property {string} [category]
 * @property {string} [words]
 *
 * @typedef {{topic: Topic, people: Figure, before: Figure, also: Topic[], why: string}} Rise
 */

/**
 * @typedef {object} WatchView
 * @property {string|null} [described] how the question was understood
 * @property {any} [query] the same as data
 * @property {Curve|null} [curve]
 * @property {AlertView[]} alerts
 * @property {number} total
 *
 * @typedef {object} Curve
 * @property {string} unit
 * @property {string} from
 * @property {string} to
 * @property {CurvePoint[]} points
 * @property {number} readings how many there are
 * @property {string[]} evidence their ids, the first ones
 * @property {{datastream: string, from: string, to: string}[]} gaps where a sensor was silent
 *
 * @typedef {{at: string, mean: number, min: number, max: number, count: number}} CurvePoint
 *
 * @typedef {object} Looked readings that were asked for
 * @property {string} described
 * @property {string} sentence
 * @property {{unit: string, from: string, to: string, gaps: Curve["gaps"], evidence: {readings: string[], total: number}}} answered
 * @property {CurvePoint[]} series
 *
 * @typedef {object} AlertView
 * @property {string} id
 * @property {"蓝"|"黄"|"橙"|"红"|null} level none where a device is at fault
 * @property {string} title what is measured
 * @property {string} kind its code
 * @property {string} unit
 * @property {string} place
 * @property {string} district
 * @property {string} thing
 * @property {string} datastream
 * @property {string} rule
 * @property {string} basis
 * @property {number|null} limit
 * @property {string} raised
 * @property {string|null} cleared
 * @property {string} text
 * @property {{at: string, text: string, by: string|null}[]} notes
 * @property {AlertAction[]} actions
 * @property {{item: string, grade: string, place: string, text: string, number: string|null}|null} order
 * @property {string|null} acknowledged_by
 * @property {string|null} acknowledged_at
 * @property {string[]} evidence
 *
 * @typedef {object} AlertAction
 * @property {string} title
 * @property {boolean} device
 * @property {string} approver
 * @property {string[]} lines
 * @property {string|null} approved_by
 * @property {string|null} approved_at
 *
 * @typedef {{total: number, alerts: AlertView[], now?: string}} AlertList
 *
 * @typedef {object} DraftSentence
 * @property {string} text
 * @property {"fixed"|"quoted"|"worded"|"record"|"written"} source
 * @property {string[]} citations
 * @property {string|null} mark why it is to be looked at
 * @property {string|null} worded_by
 *
 * @typedef {{start: number, end: number}} Span in characters of the request
 * @typedef {{clause: string, validity: string, offered: DraftSentence[]}} Blocked
 *
 * @typedef {object} DraftPoint
 * @property {number} number
 * @property {string} text
 * @property {Span} span
 * @property {"supported"|"uncovered"|"blocked"} state
 * @property {string|null} reason
 * @property {string[]} citations
 * @property {Blocked[]} blocked
 * @property {string[]} notes
 * @property {NextStep[]} contacts
 *
 * @typedef {object} DraftView
 * @property {string} template
 * @property {string} title
 * @property {{name: string, title: string}[]} templates
 * @property {string|null} order
 * @property {string} request
 * @property {DraftPoint[]} points
 * @property {Span[]} set_aside
 * @property {{kind: string, point: number|null, sentences: DraftSentence[]}[]} paragraphs
 * @property {Blocked[]} blocked
 * @property {{number: string, date: string, subject: string, text: string, points: number[]}[]} examples
 * @property {string[]} notes
 * @property {boolean} edited
 */

export {};
