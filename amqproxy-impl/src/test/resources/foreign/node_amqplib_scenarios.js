'use strict';
// Plays one scenario with amqplib and prints what comes of it, one line for each outcome. Arguments: scenario prefix.
// The broker comes from AMQP_* variables; names of queues begin with the prefix. A line that begins with "? " asks the
// test to do something at the broker, and a line of input says that it is done.

const readline = require('readline');
const { once } = require('events');
const amqplib = require('amqplib');

const LIMIT_MILLIS = 15000;
const [scenario, prefix] = process.argv.slice(2);
const input = readline.createInterface({ input: process.stdin });

const named = (suffix) => prefix + suffix;
const plain = (text) => String(text).replace(/\s+/g, ' ').trim();
const say = (...words) => console.log(...words.map((word) => (typeof word === 'string' ? word : JSON.stringify(word))));

async function ask(what) {
  say('?', what);
  await once(input, 'line');
}

function limited(promise) {
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('nothing within the limit')), LIMIT_MILLIS);
  });
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}

async function attempt(what, action) {
  try {
    const answer = await limited(action());
    say(`${what}:`, answer === undefined ? 'ok' : answer);
  } catch (error) {
    say(`${what}:`, error.constructor.name, error.code || '-', plain(error.message));
  }
}

async function connect(changes = {}) {
  const connection = await limited(amqplib.connect({
    protocol: 'amqp',
    hostname: process.env.AMQP_HOST,
    port: Number(process.env.AMQP_PORT),
    username: process.env.AMQP_USER,
    password: process.env.AMQP_PASSWORD,
    vhost: process.env.AMQP_VHOST,
    ...changes,
  }));
  connection.on('error', () => {});
  return connection;
}

/** What is emitted is kept until it is asked for. */
class Heard {
  constructor() {
    this.lines = [];
    this.wake = () => {};
  }

  add(...words) {
    this.lines.push(words);
    this.wake();
  }

  async expect(count) {
    for (let i = 0; i < count; i++) {
      if (this.lines.length === 0) {
        await limited(new Promise((resolve) => { this.wake = resolve; })).catch((error) => this.add(error.message));
      }
      say('heard:', ...this.lines.shift());
    }
  }

  of(emitter, ...events) {
    events.forEach((event) => emitter.on(event, (what) => this.add(event,
        what instanceof Error ? `${what.code} ${plain(what.message)}` : what && what.fields ? text(what) : what || '-')));
    return this;
  }
}

function text(message) {
  if (!message) {
    return 'nothing';
  }
  const properties = Object.fromEntries(Object.entries(message.properties).filter(([, value]) => value !== undefined));
  const body = message.content.length < 100 ? message.content.toString() : message.content.length;
  return JSON.stringify([message.fields, properties, body]);
}

async function filled(connection, queue, count) {
  const channel = await connection.createConfirmChannel();
  channel.on('error', () => {});
  await channel.assertQueue(named(queue), { durable: false });
  for (let i = 1; i <= count; i++) {
    channel.sendToQueue(named(queue), Buffer.from(`${queue} ${i}`));
  }
  await limited(channel.waitForConfirms());
  return channel;
}

async function messages() {
  const connection = await connect();
  const channel = await filled(connection, 'q', 4);
  channel.sendToQueue(named('q'), Buffer.from('with properties'), {
    contentType: 'text/plain',
    headers: { text: 'täxt', number: -7, flag: true, list: [1, 'two'], table: { in: { in: 'deep' } } },
    deliveryMode: 1,
    priority: 3,
    correlationId: 'correlation',
    timestamp: 1700000000,
    appId: 'app',
  });
  channel.sendToQueue(named('q'), Buffer.alloc(300000, 'x'));
  await limited(channel.waitForConfirms());
  const one = await channel.get(named('q'));
  say('get:', text(one));
  const two = await channel.get(named('q'));
  say('get:', text(two));
  channel.nack(one, false, true);
  channel.ack(two);
  const again = await channel.get(named('q'));
  say('get:', text(again));
  channel.reject(again, false);
  await channel.prefetch(2);
  const heard = new Heard();
  await attempt('consume', () => channel.consume(named('q'), (message) => {
    heard.add(text(message));
    channel.ack(message);
  }, { consumerTag: 'tag' }));
  await heard.expect(4);
  await attempt('cancel', () => channel.cancel('tag'));
  await attempt('left', () => channel.checkQueue(named('q')));
  await attempt('purge', () => channel.purgeQueue(named('q')));
  await attempt('delete', () => channel.deleteQueue(named('q')));
  await attempt('close', () => channel.close());
  await attempt('closed', async () => channel.get(named('q')));
  await attempt('disconnect', () => connection.close());
}

async function returns() {
  const connection = await connect();
  const channel = await connection.createChannel();
  const heard = new Heard().of(channel, 'return');
  channel.sendToQueue(named('nobody'), Buffer.from('back'), { mandatory: true });
  await heard.expect(1);
  const confirming = await filled(connection, 'q', 0);
  heard.of(confirming, 'return', 'error', 'close');
  const publish = (exchange, key, body, options) => new Promise((resolve, reject) => {
    confirming.publish(exchange, key, Buffer.from(body), options, (error) => (error ? reject(error) : resolve('acked')));
  });
  await attempt('there', () => publish('', named('q'), 'there', { mandatory: true }));
  await attempt('back', () => publish('', named('nobody'), 'back', { mandatory: true }));
  await heard.expect(1);
  await confirming.assertQueue(named('full'), { durable: false, maxLength: 1, arguments: { 'x-overflow': 'reject-publish' } });
  await attempt('one', () => publish('', named('full'), 'one', {}));
  await attempt('two', () => publish('', named('full'), 'two', {}));
  await attempt('nowhere', () => publish(named('nowhere'), 'key', 'lost', {}));
  await heard.expect(2);
  await attempt('disconnect', () => connection.close());
}

async function refusals() {
  const owner = await connect();
  const connection = await connect();
  await (await owner.createChannel()).assertQueue(named('mine'), { exclusive: true });
  await filled(owner, 'q', 1);
  const work = {
    passive: (channel) => channel.checkQueue(named('missing')),
    consume: (channel) => channel.consume(named('missing'), say),
    get: (channel) => channel.get(named('missing')),
    bind: (channel) => channel.bindQueue(named('q'), named('nowhere'), 'key'),
    durable: (channel) => channel.assertQueue(named('q'), { durable: true }),
    exclusive: (channel) => channel.assertQueue(named('mine'), { exclusive: true }),
    'exclusive consume': (channel) => channel.consume(named('mine'), say),
    reserved: (channel) => channel.assertExchange('amq.mine', 'direct'),
    'if empty': (channel) => channel.deleteQueue(named('q'), { ifEmpty: true }),
  };
  for (const [what, action] of Object.entries(work)) {
    const channel = await connection.createChannel();
    const heard = new Heard().of(channel, 'error', 'close');
    await attempt(what, () => action(channel));
    await heard.expect(2);
  }
  const channel = await connection.createChannel();
  const heard = new Heard().of(channel, 'error', 'close');
  channel.ack({ fields: { deliveryTag: 42 } });
  await heard.expect(2);
  await attempt('owner leaves', () => owner.close());
  const gone = await connection.createChannel();
  gone.on('error', () => {});
  await attempt('gone', () => gone.checkQueue(named('mine')));
  const last = await connection.createChannel();
  heard.of(connection, 'error', 'close');
  await attempt('type', () => last.assertExchange(named('x'), 'x-unknown'));
  await heard.expect(2);
}

async function logins() {
  await attempt('vhost', () => connect({ vhost: 'nowhere' }));
  await attempt('password', () => connect({ password: 'wrong' }));
  const connection = await connect({ channelMax: 1, frameMax: 4096, heartbeat: 30 });
  const channel = await filled(connection, 'q', 0);
  channel.sendToQueue(named('q'), Buffer.alloc(100000, 'x'));
  await limited(channel.waitForConfirms());
  await attempt('get', async () => text(await channel.get(named('q'))));
  await attempt('another channel', async () => (await connection.createChannel()) && 'ok');
  await attempt('disconnect', () => connection.close());
}

/** The library has no transactions; their place is taken by a channel that is closed before it has acknowledged. */
async function transactions() {
  const connection = await connect();
  const channel = await filled(connection, 'q', 2);
  say('get:', text(await channel.get(named('q'))));
  say('get:', text(await channel.get(named('q'))));
  channel.recover();
  await attempt('get again', async () => text(await channel.get(named('q'))));
  await attempt('close', () => channel.close());
  const next = await connection.createChannel();
  await attempt('after', async () => text(await next.get(named('q'), { noAck: true })));
  await attempt('disconnect', () => connection.close());
}

async function cancelled() {
  const connection = await connect();
  const channel = await filled(connection, 'q', 1);
  const heard = new Heard();
  await channel.consume(named('q'), (message) => heard.add(text(message)), { consumerTag: 'tag' });
  await heard.expect(1);
  const other = await connect();
  await attempt('delete', async () => (await other.createChannel()).deleteQueue(named('q')));
  await heard.expect(1);
  await other.close();
  await attempt('disconnect', () => connection.close());
}

async function replies() {
  const server = await connect();
  const client = await connect();
  const serving = await filled(server, 'q', 0);
  const asking = await client.createChannel();
  const heard = new Heard();
  await asking.consume('amq.rabbitmq.reply-to', (message) => heard.add(message.properties.correlationId,
      message.content.toString()), { noAck: true });
  await serving.consume(named('q'), (message) => serving.sendToQueue(message.properties.replyTo, Buffer.from('answer'),
      { correlationId: message.properties.correlationId }), { noAck: true });
  for (let i = 0; i < 3; i++) {
    asking.sendToQueue(named('q'), Buffer.from('question'), { replyTo: 'amq.rabbitmq.reply-to', correlationId: `${i}` });
    await heard.expect(1);
  }
  await client.close();
  await server.close();
}

async function forced() {
  const connection = await connect();
  const channel = await filled(connection, 'q', 1);
  const consumed = new Heard();
  const heard = new Heard().of(connection, 'error', 'close');
  await channel.consume(named('q'), (message) => consumed.add(text(message)), { consumerTag: 'tag' });
  await consumed.expect(1);
  await ask('close connections');
  await heard.expect(1);
  await attempt('publish', async () => channel.sendToQueue(named('q'), Buffer.from('late')));
  await attempt('disconnect', () => connection.close());
}

async function alarm() {
  const publishing = await connect();
  const consuming = await connect();
  const heard = new Heard().of(publishing, 'blocked', 'unblocked');
  const publisher = await filled(publishing, 'q', 3);
  const getting = await consuming.createChannel();
  await attempt('before', async () => text(await getting.get(named('q'))));
  await ask('hold publishers back');
  publisher.sendToQueue(named('q'), Buffer.from('held'));
  await heard.expect(1);
  await attempt('get', async () => text(await getting.get(named('q'))));
  await attempt('declare', async () => (await consuming.createChannel()).assertQueue(named('r'), { durable: false }));
  await ask('let publishers go on');
  await heard.expect(1);
  await limited(publisher.waitForConfirms());
  await publishing.close();
  await consuming.close();
}

({
  messages,
  returns,
  refusals,
  'log-ins': logins,
  transactions,
  'a cancelled consumer': cancelled,
  'direct reply-to': replies,
  'a connection closed by force': forced,
  'a memory alarm': alarm,
})[scenario]().then(() => input.close(), (error) => {
  console.log(error);
  process.exit(1);
});
