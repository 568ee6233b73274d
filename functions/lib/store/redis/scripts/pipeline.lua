-- Counts the texts that a pipeline has had.
--
-- KEYS[1]  the pipeline's hash of `revision` and `digest`, of its newest text
-- ARGV     digest
-- Returns  the number of this text: the newest one's, or the next

local newest = redis.call('HMGET', KEYS[1], 'revision', 'digest')
if newest[2] == ARGV[1] then return tonumber(newest[1]) end
local revision = (tonumber(newest[1]) or 0) + 1
redis.call('HSET', KEYS[1], 'revision', revision, 'digest', ARGV[1])
return revision
