-- Our posts that answer a person: their customer reaches them, and they go with the person.
CREATE INDEX items_answers ON items (in_reply_to_x_id, org) WHERE direction = 'outbound' AND kind = 'post';
