package io.amqproxy.impl.amqp10.session;

/** Windows as peers say them (part 2, section 2.5.6): numbers of 32 bits without a sign. */
public final class TransferWindow {

    private TransferWindow() {}

    /**
     * How many transfers a peer takes beyond those that are under way to it.
     *
     * @param said the window; half of what can be said is as good as no bound
     * @param underWay how many it had not got when it said so
     */
    public static int left(int said, int underWay) {
        int most = said < 0 ? Integer.MAX_VALUE : said;
        return Math.max(0, most - Math.max(0, underWay));
    }
}
