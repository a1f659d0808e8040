// What a program with rhea sees: rhea_scenarios.js SCENARIO ADDRESS; a line for each thing that it sees.

'use strict';

const rhea = require('rhea');

const [scenario, address] = process.argv.slice(2);
const LIMIT = 20000;

function say(...words) {
    console.log(words.join(' '));
}

function connect(options) {
    const container = rhea.create_container();
    const connection = container.connect(Object.assign({
        host: process.env.AMQP_HOST,
        port: Number(process.env.AMQP_PORT),
        hostname: process.env.AMQP_HOSTNAME || undefined,
        username: process.env.AMQP_USER,
        password: process.env.AMQP_PASSWORD,
        reconnect: false
    }, options));
    connection.on('connection_error', context => say('connection error', (context.connection.error || {}).condition));
    connection.on('session_error', context => say('session error', (context.session.error || {}).condition));
    connection.on('error', error => say('error', error.name));
    return connection;
}

// The first event of these names.
function next(emitter, ...names) {
    return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error('no ' + names)), LIMIT);
        names.forEach(name => emitter.once(name, context => {
            clearTimeout(timer);
            resolve({name, context});
        }));
    });
}

async function closed(connection) {
    connection.close();
    await next(connection, 'connection_close', 'disconnected');
}

async function send(connection, bodies, options) {
    const sender = connection.open_sender(Object.assign({target: address}, options));
    await next(sender, 'sendable');
    for (const body of bodies) {
        sender.send({body});
        const {name} = await next(sender, 'accepted', 'rejected', 'released', 'modified');
        say('sent', String(body).length > 50 ? String(body).length : body, name);
    }
    sender.close();
    await next(sender, 'sender_close');
}

// Takes so many messages, one credit for each.
async function take(connection, count, settle) {
    const receiver = connection.open_receiver({source: address, credit_window: 0, autoaccept: false});
    const bodies = [];
    for (let i = 0; i < count; i++) {
        receiver.add_credit(1);
        const {context} = await next(receiver, 'message');
        const body = context.message.body;
        bodies.push(String(body).length > 50 ? String(body).length : body);
        (settle || (delivery => delivery.accept()))(context.delivery, i);
    }
    receiver.close();
    await next(receiver, 'receiver_close');
    return bodies;
}

const scenarios = {
    async messages() {
        const connection = connect();
        await send(connection, ['one', 'two', 'three']);
        say('took', await take(connection, 3));
        await closed(connection);
    },

    async settled() {
        const connection = connect();
        const sender = connection.open_sender({target: address, snd_settle_mode: 1});
        await next(sender, 'sendable');
        for (let i = 0; i < 20; i++) {
            sender.send({body: 'm' + i});
        }
        sender.close();
        await next(sender, 'sender_close');
        await closed(connection);
        say('sent');
    },

    async outcomes() {
        const connection = connect();
        await send(connection, ['accept', 'release', 'modify', 'reject']);
        const ways = [d => d.accept(), d => d.release(), d => d.modified({delivery_failed: true}), d => d.reject()];
        const receiver = connection.open_receiver({source: address, credit_window: 0, autoaccept: false});
        receiver.add_credit(4);
        const bodies = [];
        await new Promise(resolve => receiver.on('message', context => {
            if (bodies.length < 4) {
                bodies.push(context.message.body);
                ways[bodies.length - 1](context.delivery);
            }
            if (bodies.length === 4) {
                resolve();
            }
        }));
        receiver.close();
        await next(receiver, 'receiver_close');
        say('took', bodies);
        say('again', (await take(connection, 2)).sort());
        await closed(connection);
    },

    async 'one by one'() {
        for (let i = 0; i < 5; i++) {
            const connection = connect();
            await send(connection, ['m' + i]);
            await closed(connection);
        }
        for (let i = 0; i < 5; i++) {
            const connection = connect();
            say('took', await take(connection, 1));
            await closed(connection);
        }
    },

    async 'request reply'() {
        const asker = connect();
        const replies = asker.open_receiver({source: {dynamic: true}});
        await next(replies, 'receiver_open');
        const sender = asker.open_sender(address);
        await next(sender, 'sendable');
        sender.send({body: 'ask', reply_to: replies.source.address, correlation_id: 'c1'});
        const answerer = connect();
        const requests = answerer.open_receiver(address);
        const request = (await next(requests, 'message')).context.message;
        const answers = answerer.open_sender({target: {}});
        await next(answers, 'sendable');
        answers.send({to: request.reply_to, body: request.body + 'ed', correlation_id: request.correlation_id});
        const reply = (await next(replies, 'message')).context.message;
        say(reply.body, reply.correlation_id);
        await closed(answerer);
        await closed(asker);
    },

    async 'unknown queue'() {
        const connection = connect();
        const sender = connection.open_sender(address + '.nowhere');
        say((await next(sender, 'sender_error')).name, sender.error.condition);
        await closed(connection);
        const other = connect();
        const receiver = other.open_receiver(address + '.nowhere');
        say((await next(receiver, 'receiver_error')).name, receiver.error.condition);
        await closed(other);
    },

    async refused() {
        const connection = connect({password: 'wrong'});
        const {name} = await next(connection, 'connection_open', 'connection_error', 'disconnected');
        say(name);
    },

    // Where RabbitMQ ends the session; see RealClients10Test.POWERLESS.
    async denied() {
        const connection = connect({username: 'powerless', password: 'powerless'});
        connection.open_sender(address);
        const {name, context} = await next(connection, 'session_error', 'sender_open');
        say(name, (context.session.error || {}).description);
        await closed(connection);
    },

    async large() {
        const connection = connect();
        await send(connection, ['x'.repeat(5000000)]);
        say('took', await take(connection, 1));
        await closed(connection);
    },

    async fifty() {
        await Promise.all(Array.from({length: 50}, async (unused, i) => {
            const connection = connect();
            const sender = connection.open_sender(address);
            await next(sender, 'sendable');
            sender.send({body: 'm' + i});
            await next(sender, 'accepted');
            await closed(connection);
        }));
        const connection = connect();
        say(new Set(await take(connection, 50)).size);
        await closed(connection);
    }
};

scenarios[scenario]().then(() => process.exit(0), error => {
    say('failed', error.message);
    process.exit(0);
});
