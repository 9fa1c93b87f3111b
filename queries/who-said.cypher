/*
title: Who said what
summary: >-
  What an agent asserts: the statements that the source reports as this agent's, its warnings, and what its public
  statements (thanks, accusations, rhetoric) were. One row an agent and statement.
parameters:
  agent: {type: id, description: Only what this agent says., example: trump-belarus-move--critics}
  valid_on:
  known_on:
columns:
  agent: id, Who says it.
  subject:
  relation:
  object:
  status:
  modality:
  negated:
  holder:
  valid_from:
  valid_to:
  validity:
  statement:
  source:
  quote:
  record:
*/
CALL () {
  MATCH (a:Thing)-[x]->(b:Thing)
  WHERE x.asserted_by IS NOT NULL AND x.valid_from_min IS NOT NULL
  RETURN x.asserted_by AS agent, a, x, b
  UNION
  MATCH (a:Agent)-[x:WARNS_OF|RETRACTED]->(b:Thing)
  WHERE coalesce(x.was, 'warnsOf') = 'warnsOf'
  RETURN a.id AS agent, a, x, b
  UNION
  MATCH (a:PublicStatement)-[i:HAS_INITIATOR|RETRACTED]->(speaker:Agent)
  WHERE coalesce(i.was, 'hasInitiator') = 'hasInitiator' AND NOT i.negated
    AND i.recorded_at <= $known_on AND $known_on < coalesce(i.retracted_at, '~')
  MATCH (a)-[x]->(b:Thing)
  WHERE x.valid_from_min IS NOT NULL
  RETURN speaker.id AS agent, a, x, b
}
WITH *
WHERE x.recorded_at <= $known_on AND $known_on < coalesce(x.retracted_at, '~')
  AND ($valid_on IS NULL OR (x.valid_from_min <= $valid_on AND $valid_on <= x.valid_to_max))
  AND ($agent IS NULL OR agent = $agent)
RETURN agent, a.id AS subject, coalesce(x.was, type(x)) AS relation, b.id AS object, x.status AS status,
       x.modality AS modality, x.negated AS negated, x.asserted_by AS holder,
       x.valid_from AS valid_from, x.valid_to AS valid_to,
       CASE WHEN $valid_on IS NULL THEN null
            WHEN x.valid_from_max <= $valid_on AND $valid_on <= x.valid_to_min THEN 'certain'
            ELSE 'possible' END AS validity,
       x.id AS statement, x.source AS source, x.quote AS quote, x.record AS record
