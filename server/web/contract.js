// The shapes that travel between the page and the server. Types only: nothing here runs.

/**
 * @typedef {"answered"|"partial"|"refused"|"clarify"|"handoff"} Status
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
 *
 * @typedef {object} StoredConversation
 * @property {string} id
 * @property {string} [created]
 * @property {{question: string, answer: Answer}[]} turns
 */

export {};
