/*
title: Contacts
summary: >-
  Meetings, calls and talks of one actor, or between two, with everyone who takes part and the sentence that says so.
  One row a statement about a participant.
parameters:
  actor: {type: id, description: Only contacts in which this agent takes part., example: alexander-lukashenko}
  other: {type: id, description: Only contacts in which this agent takes part too., example: donald-trump}
  valid_on:
  known_on:
columns:
  earliest:
  contact: id, The meeting, call or talks.
  role: word, How the participant takes part.
  participant: id, Who takes part.
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
MATCH (contact:Contact)-[x:HAS_INITIATOR|HAS_TARGET|HAS_PARTICIPANT|RETRACTED]->(participant:Agent)
WHERE coalesce(x.was, 'hasParticipant') IN ['hasInitiator', 'hasTarget', 'hasParticipant']
  AND x.recorded_at <= $known_on AND $known_on < coalesce(x.retracted_at, '~')
WITH contact, collect(x) AS said, collect(participant.id) AS participants
WHERE ($actor IS NULL OR $actor IN participants) AND ($other IS NULL OR $other IN participants)
UNWIND said AS x
WITH contact, x
WHERE $valid_on IS NULL OR (x.valid_from_min <= $valid_on AND $valid_on <= x.valid_to_max)
RETURN nullIf(x.valid_from_min, '0001-01-01') AS earliest, contact.id AS contact, coalesce(x.was, type(x)) AS role,
       endNode(x).id AS participant, x.status AS status, x.modality AS modality, x.negated AS negated,
       x.asserted_by AS holder, x.valid_from AS valid_from, x.valid_to AS valid_to,
       CASE WHEN $valid_on IS NULL THEN null
            WHEN x.valid_from_max <= $valid_on AND $valid_on <= x.valid_to_min THEN 'certain'
            ELSE 'possible' END AS validity,
       x.id AS statement, x.source AS source, x.quote AS quote, x.record AS record
